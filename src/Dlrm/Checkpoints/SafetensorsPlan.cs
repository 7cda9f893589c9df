using Dlrm.Embeddings;
using Dlrm.Numerics;

namespace Dlrm.Checkpoints;

/// <summary>Takes names, types and shapes and leaves the numbers alone: the first of the writer's two passes.</summary>
internal sealed class SafetensorsPlan : ITensorFileWriter
{
    private readonly List<SafetensorsEntry> _entries = [];
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);

    /// <summary>Gets the tensors so far, back to back.</summary>
    internal IReadOnlyList<SafetensorsEntry> Entries => _entries;

    /// <inheritdoc/>
    public void Write(string name, ReadOnlySpan<long> shape, DeviceBuffer<float> values)
    {
        long elements = ElementsOf(shape);
        if (elements > values.Length)
        {
            throw new ArgumentException($"Tensor '{name}' has {elements} elements by its shape, and its buffer has {values.Length}.", nameof(values));
        }

        Add(name, "F32", shape.ToArray(), elements);
    }

    /// <inheritdoc/>
    public void Write(string name, ReadOnlySpan<long> shape, ShardedRows values)
    {
        ArgumentNullException.ThrowIfNull(values);
        long elements = ElementsOf(shape);
        if (elements != values.Rows * values.Columns)
        {
            throw new ArgumentException($"Tensor '{name}' has {elements} elements by its shape, and its workers have {values.Rows * values.Columns}.", nameof(values));
        }

        Add(name, "F32", shape.ToArray(), elements);
    }

    /// <inheritdoc/>
    public void Write(string name, ReadOnlySpan<double> values) => Add(name, "F64", [values.Length], values.Length);

    /// <inheritdoc/>
    public void Write(string name, ReadOnlySpan<long> values) => Add(name, "I64", [values.Length], values.Length);

    /// <inheritdoc/>
    public void WriteBytes(string name, string type, ReadOnlySpan<long> shape, ReadOnlySpan<byte> bytes) => Add(name, type, shape.ToArray(), ElementsOf(shape));

    private static long ElementsOf(ReadOnlySpan<long> shape)
    {
        long elements = 1;
        foreach (long size in shape)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(size);
            elements = checked(elements * size);
        }

        return elements;
    }

    private void Add(string name, string type, long[] shape, long elements)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (!_names.Add(name))
        {
            throw new ArgumentException($"Two tensors have the name '{name}'.", nameof(name));
        }

        long begin = _entries.Count == 0 ? 0 : _entries[^1].End;
        _entries.Add(new SafetensorsEntry(name, type, shape, begin, checked(begin + (elements * SafetensorsEntry.BytesOf(type)))));
    }
}
