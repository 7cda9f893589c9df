using Dlrm.Embeddings;
using Dlrm.Numerics;

namespace Dlrm.Checkpoints;

/// <summary>Counts the bytes that the numbers and scales of tensors have in the compact model; row orders too; names, shapes and TT ranks are not counted.</summary>
internal sealed class StoredBytesCounter : IStateWriter
{
    private StorageType _type;

    /// <summary>Gets the bytes so far.</summary>
    internal long Bytes { get; private set; }

    /// <summary>Counts the bytes of parameters.</summary>
    /// <param name="parameters">The parameters.</param>
    /// <param name="storage">How each kind is stored.</param>
    /// <returns>The bytes.</returns>
    internal static long Count(IEnumerable<Parameter> parameters, StorageOptions storage)
    {
        StoredBytesCounter counter = new();
        foreach (Parameter parameter in parameters)
        {
            counter._type = storage.Of(parameter);
            counter.Bytes += (parameter as RowOrderParameter)?.StoredBytes ?? 0;
            parameter.Save(counter, StateParts.Values);
        }

        return counter.Bytes;
    }

    /// <inheritdoc/>
    public void Write(string name, ReadOnlySpan<long> shape, DeviceBuffer<float> values) => Bytes += TensorCode.Bytes(_type, shape);

    /// <inheritdoc/>
    public void Write(string name, ReadOnlySpan<long> shape, ShardedRows values) => Bytes += TensorCode.Bytes(_type, shape);

    /// <inheritdoc/>
    public void Write(string name, ReadOnlySpan<double> values)
    {
    }

    /// <inheritdoc/>
    public void Write(string name, ReadOnlySpan<long> values)
    {
    }
}
