namespace Dlrm.Weights;

/// <summary>Bytes that can be read at any place, by any number of threads.</summary>
internal abstract class ByteSource
{
    /// <summary>Gets the path that errors name.</summary>
    internal abstract string Path { get; }

    /// <summary>Gets the number of bytes.</summary>
    internal abstract long Length { get; }

    /// <summary>Reads bytes.</summary>
    /// <param name="place">The first byte.</param>
    /// <param name="destination">Filled whole.</param>
    /// <exception cref="WeightFormatException">The bytes end before, or can't be read.</exception>
    internal abstract void Read(long place, Span<byte> destination);

    /// <summary>Takes a part.</summary>
    /// <param name="start">Its first byte.</param>
    /// <param name="length">Its bytes.</param>
    /// <returns>The part; its places count from its own first byte.</returns>
    /// <exception cref="WeightFormatException">It is not inside.</exception>
    internal ByteSource Slice(long start, long length) =>
        start >= 0 && length >= 0 && start <= Length && length <= Length - start
            ? new SliceSource(this, start, length)
            : throw Ended(start);

    /// <summary>Makes the exception of bytes that end too early.</summary>
    /// <param name="place">Where more were expected.</param>
    /// <returns>The exception.</returns>
    protected WeightFormatException Ended(long place) => new(Path, $"It ends at byte {Length}, and bytes from {place} on are needed: it is cut short.");

    private sealed class SliceSource(ByteSource whole, long start, long length) : ByteSource
    {
        internal override string Path => whole.Path;

        internal override long Length => length;

        internal override void Read(long place, Span<byte> destination)
        {
            if (place < 0 || destination.Length > length - place)
            {
                throw Ended(place);
            }

            whole.Read(start + place, destination);
        }
    }
}
