using Dlrm.Numerics;

namespace Dlrm.Embeddings;

/// <summary>The same tensor with some of its factors multiplied out, for faster lookups.</summary>
/// <param name="Format">Modes and ranks with fewer factors.</param>
/// <param name="Product">The product, the first of <paramref name="Factors"/>; owned.</param>
/// <param name="Factors">The product, then the factors that stay as they are; those are the tensor's own.</param>
public sealed record MaterializedFactors(LowRankFormat Format, DeviceBuffer<float> Product, DeviceBuffer<float>[] Factors) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose() => Product.Dispose();
}
