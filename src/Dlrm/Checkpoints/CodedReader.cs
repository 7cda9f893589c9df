using System.Runtime.InteropServices;
using Dlrm.Embeddings;
using Dlrm.Numerics;

namespace Dlrm.Checkpoints;

/// <summary>Reads what <see cref="CodedWriter"/> wrote; each tensor says by its element type how it is stored.</summary>
/// <param name="inner">The file.</param>
internal sealed class CodedReader(SafetensorsReader inner) : IStateReader
{
    /// <inheritdoc/>
    public bool Contains(string name) => inner.Contains(name);

    /// <inheritdoc/>
    public long[] Shape(string name) => inner.TypeOf(name) == "U8" ? inner.ReadIntegers(name + CodedWriter.ShapeSuffix) : inner.Shape(name);

    /// <inheritdoc/>
    /// <exception cref="CheckpointException">A tensor or its scales are missing, of another type, or do not fit one another or the buffer.</exception>
    public void Read(string name, DeviceBuffer<float> destination)
    {
        ArgumentNullException.ThrowIfNull(destination);
        string type = inner.TypeOf(name);
        if (type is not ("F16" or "I8" or "U8"))
        {
            inner.Read(name, destination);
            return;
        }

        long[] shape = Shape(name);
        TensorGroups groups = GroupsOf(name, shape);
        byte[] bytes = inner.ReadBytes(name, type);
        long expected = type == "U8" ? TensorCode.PackedBytes(groups.Elements) : type == "I8" ? groups.Elements : groups.Elements * 2;
        if (groups.Elements > destination.Length || bytes.Length != expected)
        {
            throw Refuse(name, $"It has {bytes.Length} bytes, by its shape ({string.Join(", ", shape)}) {expected}, and the model has room for {destination.Length} numbers.");
        }

        float[] values = new float[groups.Elements];
        if (type == "F16")
        {
            ReadOnlySpan<Half> halves = MemoryMarshal.Cast<byte, Half>(bytes);
            for (int i = 0; i < values.Length; i++)
            {
                values[i] = (float)halves[i];
            }
        }
        else
        {
            sbyte[] codes = new sbyte[values.Length];
            if (type == "U8")
            {
                TensorCode.Unpack(bytes, codes);
            }
            else
            {
                MemoryMarshal.Cast<byte, sbyte>(bytes).CopyTo(codes);
            }

            TensorCode.Decode(codes, groups, Scales(name, groups), values);
        }

        destination.CopyFrom(values);
    }

    /// <inheritdoc/>
    public void Read(string name, ShardedRows destination) => inner.Read(name, destination);

    /// <inheritdoc/>
    public double[] ReadDoubles(string name) => inner.ReadDoubles(name);

    /// <inheritdoc/>
    public long[] ReadIntegers(string name) => inner.ReadIntegers(name);

    private ReadOnlySpan<ushort> Scales(string name, TensorGroups groups)
    {
        ReadOnlySpan<ushort> scales = MemoryMarshal.Cast<byte, ushort>(inner.ReadBytes(name + CodedWriter.ScaleSuffix, "BF16"));
        return scales.Length == groups.Count ? scales
            : throw Refuse(name + CodedWriter.ScaleSuffix, $"There are {scales.Length} scales, and the tensor has {groups.Count} groups.");
    }

    private TensorGroups GroupsOf(string name, long[] shape)
    {
        try
        {
            return new TensorGroups(shape);
        }
        catch (OverflowException exception)
        {
            throw FileVerifier.Refuse(inner.Path, name, $"The shape ({string.Join(", ", shape)}) is no tensor's.", exception);
        }
    }

    private CheckpointException Refuse(string name, string reason) => FileVerifier.Refuse(inner.Path, name, reason);
}
