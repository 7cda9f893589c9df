using System.Runtime.InteropServices;
using Dlrm.Embeddings;
using Dlrm.Numerics;

namespace Dlrm.Checkpoints;

/// <summary>Writes float tensors as float16 or integers.</summary>
/// <remarks>
/// <code>
/// float16   NAME (F16)
/// int8      NAME (I8), NAME.scale (BF16, one a group)
/// int4      NAME (U8, a vector, two numbers a byte), NAME.scale, NAME.shape (I64)
/// </code>
/// <para>Types other than float32 take the whole tensor into memory.</para>
/// </remarks>
/// <param name="inner">Receives them.</param>
internal sealed class CodedWriter(ITensorFileWriter inner) : IStateWriter
{
    /// <summary>The end of the name of a tensor's scales.</summary>
    internal const string ScaleSuffix = ".scale";

    /// <summary>The end of the name of a packed tensor's shape.</summary>
    internal const string ShapeSuffix = ".shape";

    /// <summary>Gets or sets the type of the tensors that follow.</summary>
    internal StorageType Type { get; set; }

    /// <inheritdoc/>
    /// <exception cref="OverflowException">A number is too large for float16; the message has the tensor.</exception>
    public void Write(string name, ReadOnlySpan<long> shape, DeviceBuffer<float> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        StorageType type = TensorCode.TypeOf(Type, shape.Length);
        if (type == StorageType.Float32)
        {
            inner.Write(name, shape, values);
            return;
        }

        TensorGroups groups = new(shape);
        float[] numbers = new float[checked((int)groups.Elements)];
        values.CopyTo(numbers);
        if (type == StorageType.Float16)
        {
            Half[] halves = Array.ConvertAll(numbers, static number => (Half)number);
            WriteHalves(name, shape, halves);
            return;
        }

        sbyte[] codes = new sbyte[numbers.Length];
        ushort[] scales = new ushort[groups.Count];
        TensorCode.Encode(numbers, groups, type == StorageType.Int8 ? TensorCode.LargestInt8 : TensorCode.LargestInt4, codes, scales);
        if (type == StorageType.Int8)
        {
            inner.WriteBytes(name, "I8", shape, MemoryMarshal.AsBytes(codes.AsSpan()));
        }
        else
        {
            byte[] packed = TensorCode.Pack(codes);
            inner.WriteBytes(name, "U8", [packed.Length], packed);
            inner.Write(name + ShapeSuffix, shape);
        }

        inner.WriteBytes(name + ScaleSuffix, "BF16", [scales.Length], MemoryMarshal.AsBytes(scales.AsSpan()));
    }

    /// <inheritdoc/>
    /// <exception cref="NotSupportedException">The type is not float32: scales need the whole tensor.</exception>
    public void Write(string name, ReadOnlySpan<long> shape, ShardedRows values)
    {
        if (TensorCode.TypeOf(Type, shape.Length) != StorageType.Float32)
        {
            throw new NotSupportedException($"'{name}' is spread over workers and stored as {Type}, which needs the whole table in memory: set model.storage.rows to float32, or train with one worker.");
        }

        inner.Write(name, shape, values);
    }

    /// <inheritdoc/>
    public void Write(string name, ReadOnlySpan<double> values) => inner.Write(name, values);

    /// <inheritdoc/>
    public void Write(string name, ReadOnlySpan<long> values) => inner.Write(name, values);

    private void WriteHalves(string name, ReadOnlySpan<long> shape, Half[] halves)
    {
        int place = Array.FindIndex(halves, static half => !Half.IsFinite(half));
        if (place >= 0)
        {
            throw new OverflowException($"Number {place} of '{name}' is too large for float16, which ends at {Half.MaxValue}: store it as float32.");
        }

        inner.WriteBytes(name, "F16", shape, MemoryMarshal.AsBytes(halves.AsSpan()));
    }
}
