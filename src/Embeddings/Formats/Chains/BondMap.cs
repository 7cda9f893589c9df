namespace Dlrm.Embeddings;

/// <summary>A change of basis of one bond: core k is multiplied by T from the right, core k+1 by T⁻¹ from the left.</summary>
/// <param name="Old">The TT rank before, R.</param>
/// <param name="New">The TT rank after, R′ ≤ R.</param>
/// <param name="Right">T, (R, R′), row-major.</param>
/// <param name="Left">T⁻¹, (R′, R), row-major: the left inverse; T·T⁻¹ = 1 up to components below the threshold.</param>
internal sealed record BondMap(int Old, int New, double[] Right, double[] Left)
{
    /// <summary>Gets what happens to the right axis of core k.</summary>
    internal AxisMap OfRightAxis() => new(Old, New, SmallMatrices.Transposed(Right, Old, New), Left);

    /// <summary>Gets what happens to the left axis of core k + 1.</summary>
    internal AxisMap OfLeftAxis() => new(Old, New, Left, SmallMatrices.Transposed(Right, Old, New));

    /// <summary>Multiplies T by a number, T⁻¹ by its inverse.</summary>
    internal BondMap Scaled(double scale) => this with { Right = Array.ConvertAll(Right, value => value * scale), Left = Array.ConvertAll(Left, value => value / scale) };
}
