namespace Dlrm.Numerics;

/// <content>The part of the dot interaction that one feature takes part in.</content>
public partial interface IDevice
{
    /// <summary>Computes the dot products of one feature vector with every other one of its sample.</summary>
    /// <remarks>
    /// <code>output[b, i] = features[b, i, :] · features[b, chosen, :]   for i ≠ chosen,   output[b, chosen] = 0</code>
    /// <para>What <see cref="DotInteraction"/> would recompute when only this vector has changed. Cost: B·F·D multiply-adds.</para>
    /// </remarks>
    /// <param name="features">(B, F·D): F vectors side by side.</param>
    /// <param name="count">F.</param>
    /// <param name="dim">D.</param>
    /// <param name="chosen">The vector, in [0, F).</param>
    /// <param name="output">Receives (B, F).</param>
    void FeatureDots(Matrix features, int count, int dim, int chosen, Matrix output);
}
