namespace Dlrm.Numerics;

/// <summary>Holds a fixed number of elements in the memory of one device.</summary>
/// <remarks>Layers own buffers and hand them to operators of the same <see cref="IDevice"/>; only copies cross to host memory.</remarks>
/// <typeparam name="T">float, double, int or long.</typeparam>
public abstract class DeviceBuffer<T> : IDisposable
    where T : unmanaged
{
    /// <summary>Gets the number of elements.</summary>
    public abstract long Length { get; }

    /// <summary>Copies host elements to <c>[offset, offset + source.Length)</c>.</summary>
    /// <param name="source">The host elements.</param>
    /// <param name="offset">The first element to overwrite.</param>
    /// <exception cref="ArgumentOutOfRangeException">The range does not fit; the message has both lengths.</exception>
    public abstract void CopyFrom(ReadOnlySpan<T> source, long offset = 0);

    /// <summary>Copies <c>[offset, offset + destination.Length)</c> to host memory.</summary>
    /// <param name="destination">Receives the elements.</param>
    /// <param name="offset">The first element to read.</param>
    /// <exception cref="ArgumentOutOfRangeException">The range does not fit; the message has both lengths.</exception>
    public abstract void CopyTo(Span<T> destination, long offset = 0);

    /// <summary>Sets every element to zero.</summary>
    public abstract void Clear();

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Copies all elements to a new host array.</summary>
    /// <returns>The elements.</returns>
    public T[] ToArray()
    {
        T[] values = new T[Length];
        CopyTo(values);
        return values;
    }

    /// <summary>Releases the memory.</summary>
    /// <param name="disposing">Whether <see cref="Dispose()"/> was called.</param>
    protected abstract void Dispose(bool disposing);
}
