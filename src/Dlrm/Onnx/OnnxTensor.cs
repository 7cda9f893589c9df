using System.Runtime.InteropServices;
using Dlrm.Numerics;

namespace Dlrm.Onnx;

/// <summary>A constant of a graph, whose numbers are written when the file is.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its element type.</param>
/// <param name="Dimensions">Its shape.</param>
/// <param name="Bytes">The bytes of its numbers.</param>
/// <param name="Write">Writes them, little-endian, row-major.</param>
internal sealed record OnnxTensor(string Name, OnnxType Type, IReadOnlyList<long> Dimensions, long Bytes, Action<Stream> Write)
{
    private const int BlockElements = 1 << 18;

    /// <summary>Makes a constant of numbers in memory.</summary>
    /// <typeparam name="T">Their type.</typeparam>
    /// <param name="name">Its name.</param>
    /// <param name="type">The same type as ONNX names it.</param>
    /// <param name="dimensions">Its shape.</param>
    /// <param name="values">The numbers.</param>
    /// <returns>The constant.</returns>
    internal static OnnxTensor Of<T>(string name, OnnxType type, IReadOnlyList<long> dimensions, T[] values)
        where T : unmanaged
    {
        byte[] bytes = MemoryMarshal.AsBytes(values.AsSpan()).ToArray();
        return new OnnxTensor(name, type, dimensions, bytes.Length, stream => stream.Write(bytes));
    }

    /// <summary>Makes a constant of numbers on a device, which are read in blocks.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="dimensions">Its shape.</param>
    /// <param name="values">The numbers, from the buffer's start.</param>
    /// <returns>The constant.</returns>
    internal static OnnxTensor Of(string name, IReadOnlyList<long> dimensions, DeviceBuffer<float> values)
    {
        long elements = dimensions.Aggregate(1L, static (product, size) => product * size);
        return new OnnxTensor(name, OnnxType.Float, dimensions, elements * sizeof(float), stream =>
        {
            float[] block = new float[Math.Min(BlockElements, elements)];
            for (long done = 0; done < elements; done += block.Length)
            {
                Span<float> part = block.AsSpan(0, (int)Math.Min(block.Length, elements - done));
                values.CopyTo(part, done);
                stream.Write(MemoryMarshal.AsBytes(part));
            }
        });
    }
}
