using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Dlrm.Weights;

/// <summary>The entries of a zip file as bytes that can be read at any place.</summary>
/// <remarks>Entries are found by their exact name; names never become paths. A deflated one is unpacked into memory or a temporary file when it is first read.</remarks>
internal sealed class ZipEntries
{
    private const uint LocalSignature = 0x04034b50;
    private const int LocalHeaderBytes = 30;
    private const int CopyBytes = 1 << 16;

    private readonly ByteSource _file;
    private readonly ReadBudget _budget;
    private readonly Dictionary<string, ZipEntry> _byName;
    private readonly Dictionary<string, ByteSource> _opened = new(StringComparer.Ordinal);

    /// <summary>Initializes a new instance of the <see cref="ZipEntries"/> class.</summary>
    /// <param name="file">The zip file.</param>
    /// <param name="budget">Charged for what is unpacked.</param>
    internal ZipEntries(ByteSource file, ReadBudget budget)
    {
        _file = file;
        _budget = budget;
        All = ZipDirectory.Read(file, budget);
        _byName = All.ToDictionary(static entry => entry.Name, StringComparer.Ordinal);
    }

    /// <summary>Gets the entries.</summary>
    internal IReadOnlyList<ZipEntry> All { get; }

    /// <summary>Gets what must be released with the file.</summary>
    internal IEnumerable<IDisposable> Owned => _opened.Values.OfType<IDisposable>();

    /// <summary>Finds an entry.</summary>
    /// <param name="name">Its exact name.</param>
    /// <returns>The entry, or null.</returns>
    internal ZipEntry? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>Opens an entry.</summary>
    /// <param name="entry">The entry.</param>
    /// <returns>Its unpacked bytes.</returns>
    /// <exception cref="WeightFormatException">Its own header disagrees with the directory.</exception>
    internal ByteSource Open(ZipEntry entry)
    {
        if (!_opened.TryGetValue(entry.Name, out ByteSource? bytes))
        {
            bytes = entry.IsDeflated ? new TemporarySource(_file.Path, entry.Bytes, _budget, destination => Unpack(entry, destination)) : Stored(entry);
            _opened.Add(entry.Name, bytes);
        }

        return bytes;
    }

    /// <summary>Opens an entry for reading from its beginning on; nothing is unpacked before it is read.</summary>
    /// <param name="entry">The entry.</param>
    /// <returns>Its bytes; InvalidDataException when they can't be unpacked.</returns>
    internal Stream OpenForwards(ZipEntry entry) => entry.IsDeflated ? new DeflateStream(new SourceStream(Stored(entry)), CompressionMode.Decompress) : new SourceStream(Stored(entry));

    /// <summary>Reads the first bytes of an entry, without unpacking the rest.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="most">How many at most.</param>
    /// <returns>The bytes.</returns>
    internal byte[] Head(ZipEntry entry, int most)
    {
        byte[] head = new byte[(int)Math.Min(most, entry.Bytes)];
        // Of the head, its text and its parts: short-lived all of them, but a file can have many.
        _budget.Charge(4L * head.Length);
        using Stream unpacked = OpenForwards(entry);
        try
        {
            unpacked.ReadExactly(head);
        }
        catch (Exception exception) when (exception is InvalidDataException or EndOfStreamException)
        {
            throw Damaged(entry, exception);
        }

        return head;
    }

    private ByteSource Stored(ZipEntry entry)
    {
        Span<byte> header = stackalloc byte[LocalHeaderBytes];
        _file.Read(entry.HeaderPlace, header);
        int nameBytes = BinaryPrimitives.ReadUInt16LittleEndian(header[26..]);
        byte[] name = new byte[nameBytes];
        _file.Read(entry.HeaderPlace + LocalHeaderBytes, name);
        if (BinaryPrimitives.ReadUInt32LittleEndian(header) != LocalSignature || Encoding.UTF8.GetString(name) != entry.Name)
        {
            throw new WeightFormatException(_file.Path, $"Its zip entry '{WeightFormatException.Printable(entry.Name)}' has another header than the directory says.");
        }

        return _file.Slice(entry.HeaderPlace + LocalHeaderBytes + nameBytes + BinaryPrimitives.ReadUInt16LittleEndian(header[28..]), entry.StoredBytes);
    }

    private void Unpack(ZipEntry entry, Stream destination)
    {
        using Stream unpacked = OpenForwards(entry);
        try
        {
            unpacked.CopyTo(destination, CopyBytes);
        }
        catch (InvalidDataException exception)
        {
            throw Damaged(entry, exception);
        }
    }

    private WeightFormatException Damaged(ZipEntry entry, Exception inner) =>
        new(_file.Path, $"Its zip entry '{WeightFormatException.Printable(entry.Name)}' can't be unpacked.", innerException: inner);
}
