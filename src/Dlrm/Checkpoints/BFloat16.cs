namespace Dlrm.Checkpoints;

/// <summary>The upper half of a float32: its range with 8 bits of precision. The run-time library has no such type yet.</summary>
internal static class BFloat16
{
    /// <summary>Rounds to the nearest bfloat16, ties to even.</summary>
    /// <param name="value">A finite number.</param>
    /// <returns>The bits; those of infinity above 3.39e38.</returns>
    internal static ushort FromSingle(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        return (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }

    /// <summary>Gets the number.</summary>
    /// <param name="bits">The bits.</param>
    /// <returns>The same number as float32.</returns>
    internal static float ToSingle(ushort bits) => BitConverter.UInt32BitsToSingle((uint)bits << 16);
}
