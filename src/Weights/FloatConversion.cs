using System.Buffers.Binary;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace Dlrm.Weights;

/// <summary>Rounds elements of any real type to the nearest float32.</summary>
internal static class FloatConversion
{
    /// <summary>Converts elements.</summary>
    /// <param name="type">What they are; not complex.</param>
    /// <param name="raw">The elements, little-endian.</param>
    /// <param name="destination">Receives as many numbers.</param>
    internal static void ToSingle(ElementType type, ReadOnlySpan<byte> raw, Span<float> destination)
    {
        switch (type)
        {
            case ElementType.Float32:
                MemoryMarshal.Cast<byte, float>(raw).CopyTo(destination);
                break;
            case ElementType.Float16:
                TensorPrimitives.ConvertToSingle(MemoryMarshal.Cast<byte, Half>(raw), destination);
                break;
            case ElementType.BFloat16:
                for (int i = 0; i < destination.Length; i++)
                {
                    destination[i] = BitConverter.UInt32BitsToSingle((uint)BinaryPrimitives.ReadUInt16LittleEndian(raw[(2 * i)..]) << 16);
                }

                break;
            case ElementType.Float64:
                Convert<double>(raw, destination);
                break;
            case ElementType.Int64:
                Convert<long>(raw, destination);
                break;
            case ElementType.Int32:
                Convert<int>(raw, destination);
                break;
            case ElementType.Int16:
                Convert<short>(raw, destination);
                break;
            case ElementType.Int8:
                Convert<sbyte>(raw, destination);
                break;
            case ElementType.UInt64:
                Convert<ulong>(raw, destination);
                break;
            case ElementType.UInt32:
                Convert<uint>(raw, destination);
                break;
            case ElementType.UInt16:
                Convert<ushort>(raw, destination);
                break;
            case ElementType.UInt8:
            case ElementType.Boolean:
                Convert<byte>(raw, destination);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(type), type, "Only real numbers can be converted.");
        }
    }

    private static void Convert<T>(ReadOnlySpan<byte> raw, Span<float> destination)
        where T : unmanaged, System.Numerics.INumber<T> =>
        TensorPrimitives.ConvertSaturating<T, float>(MemoryMarshal.Cast<byte, T>(raw), destination);
}
