using System.Security.Cryptography;

namespace Dlrm.Checkpoints;

/// <summary>Passes bytes on to another stream, counts them and hashes them.</summary>
internal sealed class HashingStream : Stream
{
    private readonly Stream _inner;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private long _bytes;

    /// <summary>Initializes a new instance of the <see cref="HashingStream"/> class.</summary>
    /// <param name="inner">Receives the bytes; stays the caller's.</param>
    internal HashingStream(Stream inner)
    {
        _inner = inner;
    }

    /// <inheritdoc/>
    public override bool CanRead => false;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override long Length => _bytes;

    /// <inheritdoc/>
    public override long Position { get => _bytes; set => throw new NotSupportedException(); }

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        _inner.Write(buffer);
        _hash.AppendData(buffer);
        _bytes += buffer.Length;
    }

    /// <inheritdoc/>
    public override void Flush() => _inner.Flush();

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <summary>Gets the hash of the bytes so far and starts anew.</summary>
    /// <returns>SHA-256 in lower-case hexadecimal digits.</returns>
    internal string TakeHash() => Convert.ToHexStringLower(_hash.GetHashAndReset());

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _hash.Dispose();
        base.Dispose(disposing);
    }
}
