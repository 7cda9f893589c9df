using Microsoft.Win32.SafeHandles;

namespace Dlrm.Weights;

/// <summary>A file, read by positioned reads (mapped pages would count as resident).</summary>
internal sealed class FileSource : ByteSource, IDisposable
{
    private readonly SafeFileHandle _file;

    /// <summary>Initializes a new instance of the <see cref="FileSource"/> class.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="FileNotFoundException">It is not there.</exception>
    /// <exception cref="WeightFormatException">It is no plain file.</exception>
    internal FileSource(string path)
    {
        Path = path;
        _file = File.OpenHandle(path);
        try
        {
            Length = RandomAccess.GetLength(_file);
        }
        catch (NotSupportedException exception)
        {
            _file.Dispose();
            throw new WeightFormatException(path, "It is no plain file: it can't be read at any place.", "Copy it to a file first.", exception);
        }
    }

    /// <inheritdoc/>
    internal override string Path { get; }

    /// <inheritdoc/>
    internal override long Length { get; }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    /// <inheritdoc/>
    internal override void Read(long place, Span<byte> destination)
    {
        if (place < 0 || destination.Length > Length - place)
        {
            throw Ended(place);
        }

        while (!destination.IsEmpty)
        {
            int count = RandomAccess.Read(_file, destination, place);
            if (count == 0)
            {
                throw Ended(place);
            }

            destination = destination[count..];
            place += count;
        }
    }
}
