namespace Dlrm.Weights;

/// <summary>Bytes in memory.</summary>
/// <param name="path">The path that errors name.</param>
/// <param name="bytes">The bytes.</param>
internal sealed class MemorySource(string path, byte[] bytes) : ByteSource
{
    /// <inheritdoc/>
    internal override string Path => path;

    /// <inheritdoc/>
    internal override long Length => bytes.Length;

    /// <inheritdoc/>
    internal override void Read(long place, Span<byte> destination)
    {
        if (place < 0 || destination.Length > Length - place)
        {
            throw Ended(place);
        }

        bytes.AsSpan((int)place, destination.Length).CopyTo(destination);
    }
}
