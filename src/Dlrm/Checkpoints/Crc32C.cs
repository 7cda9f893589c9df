using System.Numerics;
using System.Runtime.InteropServices;

namespace Dlrm.Checkpoints;

/// <summary>CRC-32C: tells which tensor of a damaged file was hit; every single-bit flip changes it.</summary>
/// <remarks>
/// <code>value = remainder of the bits modulo the polynomial 0x1EDC6F41, reflected, start and end inverted</code>
/// <para>Source: RFC 3720, appendix B.4, which has the test vectors.</para>
/// </remarks>
internal struct Crc32C
{
    private uint _state;

    /// <summary>Initializes a new instance of the <see cref="Crc32C"/> struct, for no bytes yet.</summary>
    public Crc32C()
    {
        _state = uint.MaxValue;
    }

    /// <summary>Gets the value for the bytes so far.</summary>
    internal readonly uint Value => ~_state;

    /// <summary>Takes the next bytes.</summary>
    /// <param name="bytes">The bytes.</param>
    internal void Append(ReadOnlySpan<byte> bytes)
    {
        int words = bytes.Length / sizeof(ulong);
        foreach (ulong word in MemoryMarshal.Cast<byte, ulong>(bytes[..(words * sizeof(ulong))]))
        {
            _state = BitOperations.Crc32C(_state, word);
        }

        foreach (byte one in bytes[(words * sizeof(ulong))..])
        {
            _state = BitOperations.Crc32C(_state, one);
        }
    }
}
