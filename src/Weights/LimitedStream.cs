namespace Dlrm.Weights;

/// <summary>Passes written bytes on, exactly as many as were declared.</summary>
/// <param name="inner">Where they go; left open.</param>
/// <param name="length">How many.</param>
/// <param name="path">The path that errors name.</param>
internal sealed class LimitedStream(Stream inner, long length, string path) : Stream
{
    private long _written;

    /// <inheritdoc/>
    public override bool CanRead => false;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override long Length => _written;

    /// <inheritdoc/>
    public override long Position
    {
        get => _written;
        set => throw new NotSupportedException();
    }

    /// <inheritdoc/>
    public override void Flush() => inner.Flush();

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (buffer.Length > length - _written)
        {
            throw new WeightFormatException(path, $"An entry unpacks to more than the {length} bytes that it declares.");
        }

        inner.Write(buffer);
        _written += buffer.Length;
    }

    /// <summary>Checks that all declared bytes came.</summary>
    /// <exception cref="WeightFormatException">There were fewer.</exception>
    internal void ExpectFull()
    {
        if (_written != length)
        {
            throw new WeightFormatException(path, $"An entry unpacks to {_written} bytes, and declares {length}.");
        }
    }
}
