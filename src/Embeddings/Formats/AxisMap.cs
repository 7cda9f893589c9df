namespace Dlrm.Embeddings;

/// <summary>A linear map along one axis of a factor: what a gauge move does there.</summary>
/// <remarks>
/// <code>x′[c] = Σ_r Forward[c, r] · x[r]        g′[c] = Σ_r Dual[c, r] · g[r]        Dual · Forwardᵀ = 1</code>
/// <para>Entries move by Forward, gradients by its inverse transpose: the sum over the axis of entry times gradient stays. Where components without
/// energy are dropped, Dual is the one-sided inverse.</para>
/// </remarks>
/// <param name="Old">The size before, R.</param>
/// <param name="New">The size after, R′ ≤ R.</param>
/// <param name="Forward">(R′, R), row-major.</param>
/// <param name="Dual">(R′, R), row-major.</param>
public sealed record AxisMap(int Old, int New, double[] Forward, double[] Dual)
{
    /// <summary>Makes a map that picks components and scales each.</summary>
    /// <param name="old">The size before.</param>
    /// <param name="order">The old component that becomes new component c.</param>
    /// <param name="scales">The factor of new component c, not 0.</param>
    /// <returns>The map.</returns>
    public static AxisMap Scaled(int old, IReadOnlyList<int> order, IReadOnlyList<double> scales)
    {
        ArgumentNullException.ThrowIfNull(order);
        ArgumentNullException.ThrowIfNull(scales);
        AxisMap map = new(old, order.Count, new double[order.Count * old], new double[order.Count * old]);
        for (int c = 0; c < order.Count; c++)
        {
            map.Forward[(c * old) + order[c]] = scales[c];
            map.Dual[(c * old) + order[c]] = 1 / scales[c];
        }

        return map;
    }
}
