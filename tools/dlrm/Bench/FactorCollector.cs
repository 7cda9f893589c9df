using Dlrm.Embeddings;
using Dlrm.Numerics;

namespace Dlrm.CommandLine.Bench;

/// <summary>Takes the factors of a tensor, one after another, to hand them to the peers.</summary>
internal sealed class FactorCollector : IStateWriter
{
    /// <summary>Gets the entries of all factors in their order.</summary>
    internal List<float> Values { get; } = [];

    /// <inheritdoc/>
    public void Write(string name, ReadOnlySpan<long> shape, DeviceBuffer<float> values)
    {
        long length = 1;
        foreach (long size in shape)
        {
            length *= size;
        }

        float[] entries = new float[length];
        values.CopyTo(entries);
        Values.AddRange(entries);
    }

    /// <inheritdoc/>
    public void Write(string name, ReadOnlySpan<double> values)
    {
    }

    /// <inheritdoc/>
    public void Write(string name, ReadOnlySpan<long> values)
    {
    }
}
