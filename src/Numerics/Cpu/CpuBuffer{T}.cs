using System.Runtime.InteropServices;

namespace Dlrm.Numerics.Cpu;

/// <summary>Host memory aligned to 64 bytes, outside of the garbage-collected heap.</summary>
/// <remarks>
/// There is no finaliser on purpose: operators work on addresses, and a buffer whose last reference is the argument of a running operator
/// must not be freed under it. Who allocates disposes.
/// </remarks>
/// <typeparam name="T">The element type.</typeparam>
internal sealed unsafe class CpuBuffer<T> : DeviceBuffer<T>
    where T : unmanaged
{
    private T* _pointer;

    internal CpuBuffer(long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        Length = length;
        nuint bytes = checked((nuint)Math.Max(length, 1) * (nuint)sizeof(T));
        _pointer = (T*)NativeMemory.AlignedAlloc((bytes + 63) & ~(nuint)63, 64);
        Clear();
    }

    /// <inheritdoc/>
    public override long Length { get; }

    /// <summary>Gets the address of element 0.</summary>
    internal T* Pointer
    {
        get
        {
            ObjectDisposedException.ThrowIf(_pointer is null, this);
            return _pointer;
        }
    }

    /// <inheritdoc/>
    public override void CopyFrom(ReadOnlySpan<T> source, long offset = 0)
    {
        CheckRange(offset, source.Length);
        source.CopyTo(new Span<T>(Pointer + offset, source.Length));
    }

    /// <inheritdoc/>
    public override void CopyTo(Span<T> destination, long offset = 0)
    {
        CheckRange(offset, destination.Length);
        new ReadOnlySpan<T>(Pointer + offset, destination.Length).CopyTo(destination);
    }

    /// <inheritdoc/>
    public override void Clear() => NativeMemory.Clear(Pointer, (nuint)Length * (nuint)sizeof(T));

    /// <summary>Views a range of at most 2³¹ elements.</summary>
    /// <param name="offset">The first element.</param>
    /// <param name="length">The number of elements.</param>
    /// <returns>The span.</returns>
    internal Span<T> AsSpan(long offset, int length)
    {
        CheckRange(offset, length);
        return new Span<T>(Pointer + offset, length);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        NativeMemory.AlignedFree(_pointer);
        _pointer = null;
    }

    private void CheckRange(long offset, int length)
    {
        if (offset < 0 || offset > Length - length)
        {
            throw new ArgumentOutOfRangeException(nameof(offset), $"Elements {offset} to {offset + length} do not fit into a buffer of {Length}.");
        }
    }
}
