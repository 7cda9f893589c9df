using Dlrm.Embeddings;
using Dlrm.Numerics;

namespace Dlrm.Tests.Sharding;

/// <summary>Keeps what is saved as arrays; sharded rows are read in blocks of 7 rows. Gives them back to whoever loads.</summary>
internal sealed class TableWriter : IStateWriter, IStateReader
{
    private const int BlockRows = 7;

    internal Dictionary<string, float[]> Tensors { get; } = [];

    internal Dictionary<string, long[]> Shapes { get; } = [];

    public void Write(string name, ReadOnlySpan<long> shape, DeviceBuffer<float> values)
    {
        Shapes[name] = shape.ToArray();
        Tensors[name] = values.ToArray();
    }

    public void Write(string name, ReadOnlySpan<long> shape, ShardedRows values)
    {
        float[] all = new float[values.Rows * values.Columns];
        for (int first = 0; first < values.Rows; first += BlockRows)
        {
            values.ReadRows(first, all.AsSpan(first * values.Columns, (int)Math.Min(BlockRows, values.Rows - first) * values.Columns));
        }

        Shapes[name] = shape.ToArray();
        Tensors[name] = all;
    }

    public void Write(string name, ReadOnlySpan<double> values) => throw new NotSupportedException(name);

    public void Write(string name, ReadOnlySpan<long> values) => throw new NotSupportedException(name);

    public bool Contains(string name) => Tensors.ContainsKey(name);

    public long[] Shape(string name) => Shapes[name];

    public void Read(string name, DeviceBuffer<float> destination) => destination.CopyFrom(Tensors[name]);

    public void Read(string name, ShardedRows destination)
    {
        for (int first = 0; first < destination.Rows; first += BlockRows)
        {
            destination.TakeRows(first, Tensors[name].AsSpan(first * destination.Columns, (int)Math.Min(BlockRows, destination.Rows - first) * destination.Columns));
        }
    }

    public double[] ReadDoubles(string name) => throw new NotSupportedException(name);

    public long[] ReadIntegers(string name) => throw new NotSupportedException(name);
}
