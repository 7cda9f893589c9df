using Dlrm.Checkpoints;
using Dlrm.Numerics;

namespace Dlrm.Onnx;

/// <summary>Adds stored tensors to a graph in as few bytes as the compact model has, int4 excepted, which takes a byte a number.</summary>
/// <remarks>
/// <code>
/// float32   a constant
/// float16   a constant, Cast
/// int8      codes (rows, columns) · scales, Cast, Mul, Reshape
/// </code>
/// <para>The model is rounded to its storage already, so the numbers are exactly its own.</para>
/// </remarks>
/// <param name="graph">The graph.</param>
internal sealed class OnnxWeights(OnnxGraph graph)
{
    /// <summary>Adds a tensor.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="stored">Its shape in the compact model, which says what shares a scale.</param>
    /// <param name="dimensions">Its shape in the graph; the same numbers in the same order.</param>
    /// <param name="values">The numbers.</param>
    /// <param name="type">How the compact model stores it.</param>
    /// <returns>The name of the float32 value.</returns>
    internal string Add(string name, IReadOnlyList<long> stored, long[] dimensions, DeviceBuffer<float> values, StorageType type)
    {
        long[] shape = [.. stored];
        TensorGroups groups = new(shape);
        switch (TensorCode.TypeOf(type, shape.Length))
        {
            case StorageType.Float32:
                return graph.Constant(OnnxTensor.Of(name, dimensions, values));
            case StorageType.Float16:
                Half[] halves = Array.ConvertAll(Numbers(values, groups.Elements), static value => (Half)value);
                return Float(graph.Constant(OnnxTensor.Of(name, OnnxType.Float16, dimensions, halves)));
            default:
                int largest = type == StorageType.Int8 ? TensorCode.LargestInt8 : TensorCode.LargestInt4;
                sbyte[] codes = new sbyte[groups.Elements];
                ushort[] scales = new ushort[groups.Count];
                TensorCode.Encode(Numbers(values, groups.Elements), groups, largest, codes, scales);
                long[] matrix = groups.IsByRow ? [groups.Count, groups.Length] : [groups.Length, groups.Count];
                string factor = graph.Constant(OnnxTensor.Of(name + ".scale", OnnxType.Float, groups.IsByRow ? [groups.Count, 1] : [1, groups.Count], Array.ConvertAll(scales, BFloat16.ToSingle)));
                string product = graph.Node("Mul", [Float(graph.Constant(OnnxTensor.Of(name, OnnxType.Int8, matrix, codes))), factor]);
                return graph.Node("Reshape", [product, graph.Vector(dimensions)]);
        }
    }

    /// <summary>Adds numbers that were computed for the graph.</summary>
    /// <param name="name">Their name.</param>
    /// <param name="dimensions">Their shape.</param>
    /// <param name="values">The numbers.</param>
    /// <returns>The name of the value.</returns>
    internal string Add(string name, long[] dimensions, double[] values) =>
        graph.Constant(OnnxTensor.Of(name, OnnxType.Float, dimensions, Array.ConvertAll(values, static value => (float)value)));

    private string Float(string value) => graph.Node("Cast", [value], ("to", (long)OnnxType.Float));

    private static float[] Numbers(DeviceBuffer<float> values, long count)
    {
        float[] numbers = new float[checked((int)count)];
        values.CopyTo(numbers);
        return numbers;
    }
}
