namespace Dlrm.Numerics.Cpu;

/// <summary>Memory that an operator uses between its pieces; it only ever grows.</summary>
/// <typeparam name="T">The element type.</typeparam>
internal sealed class ScratchBuffer<T> : IDisposable
    where T : unmanaged
{
    private CpuBuffer<T> _buffer = new(0);

    /// <summary>Gets the bytes held.</summary>
    internal unsafe long Bytes => _buffer.Length * sizeof(T);

    /// <inheritdoc/>
    public void Dispose() => _buffer.Dispose();

    /// <summary>Gets the memory, with any contents.</summary>
    /// <param name="length">The number of elements needed.</param>
    /// <returns>Element 0.</returns>
    internal unsafe T* Get(long length) => GetBuffer(length).Pointer;

    /// <summary>Gets the memory as a buffer, with any contents.</summary>
    /// <param name="length">The number of elements needed.</param>
    /// <returns>The buffer, which may be longer; it stays this type's.</returns>
    internal CpuBuffer<T> GetBuffer(long length)
    {
        if (_buffer.Length < length)
        {
            long grown = Math.Max(length, _buffer.Length * 3 / 2);
            _buffer.Dispose();
            _buffer = new CpuBuffer<T>(grown);
        }

        return _buffer;
    }
}
