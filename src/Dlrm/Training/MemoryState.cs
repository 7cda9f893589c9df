using Dlrm.Embeddings;
using Dlrm.Numerics;

namespace Dlrm.Training;

/// <summary>Keeps named tensors in memory: the best state of early stopping.</summary>
public sealed class MemoryState : IStateWriter, IStateReader, IDisposable
{
    private readonly IDevice _device;
    private readonly Dictionary<string, (long[] Shape, DeviceBuffer<float> Values)> _tensors = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (long[] Shape, ShardedRows Rows)> _sharded = new(StringComparer.Ordinal);
    private readonly Dictionary<string, double[]> _doubles = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long[]> _integers = new(StringComparer.Ordinal);

    /// <summary>Initializes a new instance of the <see cref="MemoryState"/> class without tensors.</summary>
    /// <param name="device">Where the tensors are kept.</param>
    public MemoryState(IDevice device)
    {
        ArgumentNullException.ThrowIfNull(device);
        _device = device;
    }

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        foreach ((_, DeviceBuffer<float> values) in _tensors.Values)
        {
            values.Dispose();
        }

        foreach ((_, ShardedRows rows) in _sharded.Values)
        {
            rows.Dispose();
        }

        _tensors.Clear();
        _sharded.Clear();
        _doubles.Clear();
        _integers.Clear();
    }

    /// <inheritdoc/>
    public void Dispose() => Clear();

    /// <inheritdoc/>
    public void Write(string name, ReadOnlySpan<long> shape, DeviceBuffer<float> values)
    {
        long length = 1;
        foreach (long size in shape)
        {
            length = checked(length * size);
        }

        if (_tensors.TryGetValue(name, out (long[] Shape, DeviceBuffer<float> Values) old))
        {
            old.Values.Dispose();
        }

        DeviceBuffer<float> copy = _device.Allocate<float>(length);
        _device.Copy(values, 0, copy, 0, length);
        _tensors[name] = (shape.ToArray(), copy);
    }

    /// <inheritdoc/>
    /// <remarks>Each worker keeps its own rows; all of them write here in the same order.</remarks>
    public void Write(string name, ReadOnlySpan<long> shape, ShardedRows values)
    {
        ArgumentNullException.ThrowIfNull(values);
        if (_sharded.Remove(name, out (long[] Shape, ShardedRows Rows) old))
        {
            old.Rows.Dispose();
        }

        _sharded[name] = (shape.ToArray(), values.Copy());
    }

    /// <inheritdoc/>
    public void Write(string name, ReadOnlySpan<double> values) => _doubles[name] = values.ToArray();

    /// <inheritdoc/>
    public void Write(string name, ReadOnlySpan<long> values) => _integers[name] = values.ToArray();

    /// <inheritdoc/>
    public bool Contains(string name) => _tensors.ContainsKey(name) || _sharded.ContainsKey(name) || _doubles.ContainsKey(name) || _integers.ContainsKey(name);

    /// <inheritdoc/>
    public long[] Shape(string name) => _sharded.TryGetValue(name, out (long[] Shape, ShardedRows Rows) sharded) ? sharded.Shape : Find(_tensors, name).Shape;

    /// <inheritdoc/>
    public void Read(string name, DeviceBuffer<float> destination)
    {
        DeviceBuffer<float> values = Find(_tensors, name).Values;
        _device.Copy(values, 0, destination, 0, values.Length);
    }

    /// <inheritdoc/>
    public void Read(string name, ShardedRows destination)
    {
        ArgumentNullException.ThrowIfNull(destination);
        destination.CopyFrom(Find(_sharded, name).Rows);
    }

    /// <inheritdoc/>
    public double[] ReadDoubles(string name) => [.. Find(_doubles, name)];

    /// <inheritdoc/>
    public long[] ReadIntegers(string name) => [.. Find(_integers, name)];

    /// <summary>Writes everything that is kept to another writer, in the order of names.</summary>
    /// <param name="writer">Receives the tensors.</param>
    /// <param name="prefix">Comes before each name.</param>
    public void CopyTo(IStateWriter writer, string prefix)
    {
        ArgumentNullException.ThrowIfNull(writer);
        // One order for both, so that a file can't tell whether rows were spread.
        foreach (string name in _tensors.Keys.Concat(_sharded.Keys).Order(StringComparer.Ordinal))
        {
            if (_sharded.TryGetValue(name, out (long[] Shape, ShardedRows Rows) sharded))
            {
                writer.Write(prefix + name, sharded.Shape, sharded.Rows);
            }
            else
            {
                (long[] shape, DeviceBuffer<float> values) = _tensors[name];
                writer.Write(prefix + name, shape, values);
            }
        }

        foreach ((string name, double[] values) in _doubles.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            writer.Write(prefix + name, values);
        }

        foreach ((string name, long[] values) in _integers.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            writer.Write(prefix + name, values);
        }
    }

    private static T Find<T>(Dictionary<string, T> values, string name) => values.TryGetValue(name, out T? found) ? found
        : throw new KeyNotFoundException($"No tensor '{name}' was saved in memory.");
}
