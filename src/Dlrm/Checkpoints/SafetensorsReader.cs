using System.Runtime.InteropServices;
using Dlrm.Embeddings;
using Dlrm.Numerics;
using Microsoft.Win32.SafeHandles;

namespace Dlrm.Checkpoints;

/// <summary>Reads the tensors of a safetensors file by positioned reads; the file is never whole in memory.</summary>
/// <remarks>Meant for untrusted files: sizes are checked before anything of that size is allocated. Checksums are the <see cref="CheckpointStore"/>'s business.</remarks>
public sealed class SafetensorsReader : IStateReader, IDisposable
{
    private const int BlockBytes = 1 << 20;

    private readonly SafeFileHandle _file;
    private readonly SafetensorsHeader _header;
    private readonly Dictionary<string, SafetensorsEntry> _entries;
    private readonly byte[] _block = new byte[BlockBytes];

    /// <summary>Initializes a new instance of the <see cref="SafetensorsReader"/> class.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="CheckpointException">The file is not there, can't be read, or its header is malformed or disagrees with its length.</exception>
    public SafetensorsReader(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        Path = path;
        try
        {
            _file = File.OpenHandle(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw SafetensorsHeader.Refuse(path, null, "The file can't be opened: " + exception.Message, exception);
        }

        try
        {
            _header = ReadHeader(_file, path, out long fileBytes);
            if (_header.FileBytes != fileBytes)
            {
                SafetensorsEntry? cut = TensorAt(_header, fileBytes);
                throw SafetensorsHeader.Refuse(path, cut?.Name, $"The file has {fileBytes} bytes; by its header it needs {_header.FileBytes}.");
            }

            _entries = _header.Entries.ToDictionary(static entry => entry.Name, StringComparer.Ordinal);
        }
        catch
        {
            _file.Dispose();
            throw;
        }
    }

    /// <summary>Gets the file.</summary>
    public string Path { get; }

    /// <summary>Gets the tensors in file order.</summary>
    public IReadOnlyList<SafetensorsEntry> Entries => _header.Entries;

    /// <summary>Gets the free texts of the header.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _header.Metadata;

    /// <inheritdoc/>
    public bool Contains(string name) => _entries.ContainsKey(name);

    /// <inheritdoc/>
    /// <exception cref="CheckpointException">There is no such tensor.</exception>
    public long[] Shape(string name) => [.. Find(name).Shape];

    /// <inheritdoc/>
    /// <exception cref="CheckpointException">There is no such tensor, it is not F32, it is longer than the buffer, or the file can't be read.</exception>
    public void Read(string name, DeviceBuffer<float> destination)
    {
        ArgumentNullException.ThrowIfNull(destination);
        SafetensorsEntry entry = Find(name, "F32");
        long elements = entry.Elements;
        if (elements > destination.Length)
        {
            throw new CheckpointException(
                Path, name, $"It has {elements} elements, shape ({string.Join(", ", entry.Shape)}), and the model has room for {destination.Length}.", "Load it with the options that it was saved with.");
        }

        Span<float> block = MemoryMarshal.Cast<byte, float>(_block.AsSpan());
        for (long start = 0; start < elements; start += block.Length)
        {
            Span<float> part = block[..(int)Math.Min(block.Length, elements - start)];
            ReadBytes(entry, start * sizeof(float), MemoryMarshal.AsBytes(part));
            destination.CopyFrom(part, start);
        }
    }

    /// <inheritdoc/>
    /// <exception cref="CheckpointException">There is no such tensor, it is not F32, it has another number of elements, or the file can't be read.</exception>
    public void Read(string name, ShardedRows destination)
    {
        ArgumentNullException.ThrowIfNull(destination);
        SafetensorsEntry entry = Find(name, "F32");
        if (entry.Elements != destination.Rows * destination.Columns)
        {
            throw new CheckpointException(
                Path, name, $"It has {entry.Elements} elements, shape ({string.Join(", ", entry.Shape)}), and the model {destination.Rows} × {destination.Columns}.", "Load it with the options that it was saved with.");
        }

        Span<float> block = MemoryMarshal.Cast<byte, float>(_block.AsSpan());
        int rows = block.Length / destination.Columns;
        for (long first = 0; first < destination.Rows; first += rows)
        {
            Span<float> part = block[..((int)Math.Min(rows, destination.Rows - first) * destination.Columns)];
            ReadBytes(entry, first * destination.Columns * sizeof(float), MemoryMarshal.AsBytes(part));
            destination.TakeRows(first, part);
        }
    }

    /// <inheritdoc/>
    /// <exception cref="CheckpointException">There is no such tensor, it is not F64, or the file can't be read.</exception>
    public double[] ReadDoubles(string name)
    {
        SafetensorsEntry entry = Find(name, "F64");
        double[] values = new double[HostLength(entry)];
        ReadBytes(entry, 0, MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }

    /// <inheritdoc/>
    /// <exception cref="CheckpointException">There is no such tensor, it is not I64, or the file can't be read.</exception>
    public long[] ReadIntegers(string name)
    {
        SafetensorsEntry entry = Find(name, "I64");
        long[] values = new long[HostLength(entry)];
        ReadBytes(entry, 0, MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    /// <summary>Gets the element type of a tensor.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>The type as the file has it: "F32", "I8".</returns>
    internal string TypeOf(string name) => Find(name).Type;

    /// <summary>Reads the bytes of a tensor.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="type">The element type that it must have.</param>
    /// <returns>The bytes.</returns>
    internal byte[] ReadBytes(string name, string type)
    {
        SafetensorsEntry entry = Find(name, type);
        byte[] bytes = new byte[HostLength(entry) * SafetensorsEntry.BytesOf(type)];
        ReadBytes(entry, 0, bytes);
        return bytes;
    }

    /// <summary>Computes the checksum of one tensor's bytes.</summary>
    /// <param name="entry">The tensor.</param>
    /// <returns>CRC-32C.</returns>
    internal uint Checksum(SafetensorsEntry entry)
    {
        Crc32C checksum = new();
        for (long start = 0; start < entry.End - entry.Begin; start += _block.Length)
        {
            Span<byte> part = _block.AsSpan(0, (int)Math.Min(_block.Length, entry.End - entry.Begin - start));
            ReadBytes(entry, start, part);
            checksum.Append(part);
        }

        return checksum.Value;
    }

    private static SafetensorsHeader ReadHeader(SafeFileHandle file, string path, out long fileBytes)
    {
        try
        {
            fileBytes = RandomAccess.GetLength(file);
            byte[] prefix = new byte[Math.Min(SafetensorsHeader.PrefixBytes, fileBytes)];
            ReadExactly(file, prefix, 0, path, null);
            byte[] json = new byte[SafetensorsHeader.ReadLength(prefix, fileBytes, path)];
            ReadExactly(file, json, SafetensorsHeader.PrefixBytes, path, null);
            return SafetensorsHeader.Parse(json, path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw SafetensorsHeader.Refuse(path, null, "The file can't be read: " + exception.Message, exception);
        }
    }

    private static SafetensorsEntry? TensorAt(SafetensorsHeader header, long place) =>
        header.Entries.FirstOrDefault(entry => header.DataStart + entry.Begin <= place && place < header.DataStart + entry.End);

    private static void ReadExactly(SafeFileHandle file, Span<byte> bytes, long place, string path, string? tensor)
    {
        while (!bytes.IsEmpty)
        {
            int count = RandomAccess.Read(file, bytes, place);
            if (count == 0)
            {
                throw SafetensorsHeader.Refuse(path, tensor, $"The file ends at byte {place}, while it is being read.");
            }

            bytes = bytes[count..];
            place += count;
        }
    }

    private void ReadBytes(SafetensorsEntry entry, long offset, Span<byte> bytes)
    {
        try
        {
            ReadExactly(_file, bytes, _header.DataStart + entry.Begin + offset, Path, entry.Name);
        }
        catch (IOException exception)
        {
            throw SafetensorsHeader.Refuse(Path, entry.Name, "It can't be read: " + exception.Message, exception);
        }
    }

    private SafetensorsEntry Find(string name) => _entries.TryGetValue(name, out SafetensorsEntry? entry)
        ? entry
        : throw new CheckpointException(Path, name, $"It is not among the {_entries.Count} tensors of the file.", "Load the file with the options that it was saved with.");

    private SafetensorsEntry Find(string name, string type)
    {
        SafetensorsEntry entry = Find(name);
        return entry.Type == type
            ? entry
            : throw new CheckpointException(Path, name, $"Its elements are {entry.Type}, and {type} is needed here.", "Convert the file, or load one that this library wrote.");
    }

    private int HostLength(SafetensorsEntry entry)
    {
        long elements = entry.Elements;
        return elements <= Array.MaxLength / 8
            ? (int)elements
            : throw new CheckpointException(Path, entry.Name, $"It has {elements} elements, more than a vector of this kind can have.", "Load a file that this library wrote.");
    }
}
