using Dlrm.Embeddings;
using Dlrm.Numerics;

namespace Dlrm.Training;

/// <summary>Reads the tensors whose names start with a prefix as if they had none.</summary>
internal sealed class PrefixedStateReader(IStateReader inner, string prefix) : IStateReader
{
    /// <inheritdoc/>
    public bool Contains(string name) => inner.Contains(prefix + name);

    /// <inheritdoc/>
    public long[] Shape(string name) => inner.Shape(prefix + name);

    /// <inheritdoc/>
    public void Read(string name, DeviceBuffer<float> destination) => inner.Read(prefix + name, destination);

    /// <inheritdoc/>
    public void Read(string name, ShardedRows destination) => inner.Read(prefix + name, destination);

    /// <inheritdoc/>
    public double[] ReadDoubles(string name) => inner.ReadDoubles(prefix + name);

    /// <inheritdoc/>
    public long[] ReadIntegers(string name) => inner.ReadIntegers(prefix + name);
}
