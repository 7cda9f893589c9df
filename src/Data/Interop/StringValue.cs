using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Dlrm.Data.Interop;

/// <summary>Mirrors <c>duckdb_string_t</c>, 16 bytes: up to 12 bytes of UTF-8 lie inside, longer text behind a pointer.</summary>
[StructLayout(LayoutKind.Explicit, Size = 16)]
internal readonly struct StringValue
{
    private const int InlineBytes = 12;

    [FieldOffset(0)]
    private readonly uint _length;

    [FieldOffset(4)]
    private readonly byte _inline;

    [FieldOffset(8)]
    private readonly nint _pointer;

    /// <summary>Gets the UTF-8 bytes of a value that lies in a vector; valid as long as its chunk.</summary>
    /// <param name="value">The value in place: short text lies within it, so a copy's bytes would die with the copy.</param>
    /// <returns>The bytes.</returns>
    internal static unsafe ReadOnlySpan<byte> Bytes(ref readonly StringValue value) => value._length <= InlineBytes
        ? MemoryMarshal.CreateReadOnlySpan(in value._inline, (int)value._length)
        : new ReadOnlySpan<byte>((void*)value._pointer, checked((int)value._length));
}
