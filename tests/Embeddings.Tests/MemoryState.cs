using Dlrm.Numerics;

namespace Dlrm.Embeddings.Tests;

/// <summary>Keeps saved tensors in memory.</summary>
internal sealed class MemoryState : IStateWriter, IStateReader
{
    private readonly Dictionary<string, (long[] Shape, float[] Values)> _floats = [];
    private readonly Dictionary<string, double[]> _doubles = [];
    private readonly Dictionary<string, long[]> _integers = [];

    internal IEnumerable<string> Names => _floats.Keys.Concat(_doubles.Keys).Concat(_integers.Keys);

    public void Write(string name, ReadOnlySpan<long> shape, DeviceBuffer<float> values)
    {
        long length = 1;
        foreach (long size in shape)
        {
            length *= size;
        }

        float[] copy = new float[length];
        values.CopyTo(copy);
        _floats.Add(name, (shape.ToArray(), copy));
    }

    public void Write(string name, ReadOnlySpan<double> values) => _doubles.Add(name, values.ToArray());

    public void Write(string name, ReadOnlySpan<long> values) => _integers.Add(name, values.ToArray());

    public bool Contains(string name) => Names.Contains(name);

    public long[] Shape(string name) => _floats[name].Shape;

    public void Read(string name, DeviceBuffer<float> destination) => destination.CopyFrom(_floats[name].Values);

    public double[] ReadDoubles(string name) => _doubles[name];

    public long[] ReadIntegers(string name) => _integers[name];

    internal bool IsFloat(string name) => _floats.ContainsKey(name);

    internal float[] Values(string name) => _floats[name].Values;
}
