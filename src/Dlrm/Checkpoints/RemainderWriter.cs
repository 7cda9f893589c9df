using Dlrm.Embeddings;
using Dlrm.Numerics;

namespace Dlrm.Checkpoints;

/// <summary>Passes on the tensors that another file does not have already.</summary>
/// <param name="inner">Receives them.</param>
/// <param name="taken">The names in the other file.</param>
internal sealed class RemainderWriter(IStateWriter inner, IReadOnlySet<string> taken) : IStateWriter
{
    /// <inheritdoc/>
    public void Write(string name, ReadOnlySpan<long> shape, DeviceBuffer<float> values)
    {
        if (!taken.Contains(name))
        {
            inner.Write(name, shape, values);
        }
    }

    /// <inheritdoc/>
    public void Write(string name, ReadOnlySpan<long> shape, ShardedRows values)
    {
        if (!taken.Contains(name))
        {
            inner.Write(name, shape, values);
        }
    }

    /// <inheritdoc/>
    public void Write(string name, ReadOnlySpan<double> values)
    {
        if (!taken.Contains(name))
        {
            inner.Write(name, values);
        }
    }

    /// <inheritdoc/>
    public void Write(string name, ReadOnlySpan<long> values)
    {
        if (!taken.Contains(name))
        {
            inner.Write(name, values);
        }
    }
}
