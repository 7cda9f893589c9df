namespace Dlrm.Weights;

/// <summary>Bytes that must be made before they can be read at any place: in memory when they are few, else in a temporary file without a name that lasts.</summary>
/// <param name="path">The path that errors name.</param>
/// <param name="length">How many bytes will be made.</param>
/// <param name="budget">Charged when they are made.</param>
/// <param name="fill">Writes the bytes; called once, at the first read.</param>
internal sealed class TemporarySource(string path, long length, ReadBudget budget, Action<Stream> fill) : ByteSource, IDisposable
{
    private const int MostInMemory = 1 << 16;

    private readonly Lock _lock = new();
    private ByteSource? _made;

    /// <inheritdoc/>
    internal override string Path => path;

    /// <inheritdoc/>
    internal override long Length => length;

    /// <inheritdoc/>
    public void Dispose() => (_made as TemporaryFile)?.Dispose();

    /// <inheritdoc/>
    internal override void Read(long place, Span<byte> destination)
    {
        lock (_lock)
        {
            _made ??= Make();
        }

        _made.Read(place, destination);
    }

    private ByteSource Make()
    {
        if (length <= MostInMemory && budget.TryCharge(2 * length))
        {
            using MemoryStream memory = new((int)length);
            using (LimitedStream limited = new(memory, length, path))
            {
                fill(limited);
                limited.ExpectFull();
            }

            return new MemorySource(path, memory.ToArray());
        }

        budget.ChargeTemporary(length);
        TemporaryFile file = new(path, length);
        try
        {
            using LimitedStream limited = new(file.Stream, length, path);
            fill(limited);
            limited.ExpectFull();
            file.Stream.Flush();
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private sealed class TemporaryFile(string path, long length) : ByteSource, IDisposable
    {
        internal FileStream Stream { get; } = new(
            System.IO.Path.Combine(System.IO.Path.GetTempPath(), "dlrm-" + Guid.NewGuid().ToString("N")),
            new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, Share = FileShare.None, Options = FileOptions.DeleteOnClose });

        internal override string Path => path;

        internal override long Length => length;

        public void Dispose() => Stream.Dispose();

        internal override void Read(long place, Span<byte> destination)
        {
            while (!destination.IsEmpty)
            {
                int count = RandomAccess.Read(Stream.SafeFileHandle, destination, place);
                if (count == 0)
                {
                    throw Ended(place);
                }

                destination = destination[count..];
                place += count;
            }
        }
    }
}
