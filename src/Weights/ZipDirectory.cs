using System.Buffers.Binary;
using System.Text;

namespace Dlrm.Weights;

/// <summary>Reads the directory of a zip file, ZIP64 included.</summary>
/// <remarks>
/// Our own, because positioned reads need the place of an entry's bytes, which System.IO.Compression does not tell; it unpacks the deflated ones.
/// Refused: several disks, encryption, repeated names, entries that overlap, and sizes that deflate can't reach.
/// </remarks>
internal static class ZipDirectory
{
    private const uint EndSignature = 0x06054b50;
    private const uint Locator64Signature = 0x07064b50;
    private const uint End64Signature = 0x06064b50;
    private const uint EntrySignature = 0x02014b50;
    private const int EndBytes = 22;
    private const int EntryBytes = 46;
    private const int LocalHeaderBytes = 30;
    private const int EntryMemory = 300;

    /// <summary>No stream of deflate unpacks to more than 1032 times its bytes.</summary>
    private const long MostDeflateRatio = 1032;

    /// <summary>Reads the directory.</summary>
    /// <param name="source">The file.</param>
    /// <param name="budget">Charged for the directory.</param>
    /// <returns>The entries, in the order of the directory.</returns>
    /// <exception cref="WeightFormatException">There is no directory, or it is refused.</exception>
    internal static List<ZipEntry> Read(ByteSource source, ReadBudget budget)
    {
        (long count, long bytes, long place) = FindEnd(source);
        if (count < 0 || bytes < 0 || place < 0 || place > source.Length - bytes || count > bytes / EntryBytes)
        {
            throw Refuse(source, $"Its zip directory of {count} entries and {bytes} bytes at byte {place} is not inside of the file.");
        }

        budget.Charge(bytes + (count * EntryMemory));
        byte[] directory = new byte[(int)bytes];
        source.Read(place, directory);
        List<ZipEntry> entries = new((int)count);
        HashSet<string> names = new(StringComparer.Ordinal);
        ReadOnlySpan<byte> rest = directory;
        for (long k = 0; k < count; k++)
        {
            ZipEntry entry = ReadEntry(source, ref rest);
            if (!names.Add(entry.Name))
            {
                throw Refuse(source, $"Its zip entry '{WeightFormatException.Printable(entry.Name)}' is there twice.");
            }

            entries.Add(entry);
        }

        CheckPlaces(source, entries, place);
        return entries;
    }

    private static (long Count, long Bytes, long Place) FindEnd(ByteSource source)
    {
        byte[] tail = new byte[(int)Math.Min(source.Length, EndBytes + ushort.MaxValue)];
        source.Read(source.Length - tail.Length, tail);
        int at = tail.Length - EndBytes;
        while (at >= 0 && !(BinaryPrimitives.ReadUInt32LittleEndian(tail.AsSpan(at)) == EndSignature
            && BinaryPrimitives.ReadUInt16LittleEndian(tail.AsSpan(at + 20)) == tail.Length - EndBytes - at))
        {
            at--;
        }

        if (at < 0)
        {
            throw Refuse(source, "It begins as a zip file and has no zip directory at its end: it is cut short.");
        }

        ReadOnlySpan<byte> end = tail.AsSpan(at, EndBytes);
        ushort count = BinaryPrimitives.ReadUInt16LittleEndian(end[10..]);
        uint bytes = BinaryPrimitives.ReadUInt32LittleEndian(end[12..]);
        uint place = BinaryPrimitives.ReadUInt32LittleEndian(end[16..]);
        long endPlace = source.Length - tail.Length + at;
        bool is64 = count == ushort.MaxValue || bytes == uint.MaxValue || place == uint.MaxValue;
        if (!is64)
        {
            return BinaryPrimitives.ReadUInt16LittleEndian(end[8..]) == count && BinaryPrimitives.ReadUInt32LittleEndian(end[4..]) == 0
                ? (count, bytes, place)
                : throw Refuse(source, "It is one part of a zip file of several.");
        }

        Span<byte> locator = stackalloc byte[20];
        source.Read(endPlace - locator.Length, locator);
        long end64Place = (long)BinaryPrimitives.ReadUInt64LittleEndian(locator[8..]);
        if (BinaryPrimitives.ReadUInt32LittleEndian(locator) != Locator64Signature || end64Place < 0)
        {
            throw Refuse(source, "It lacks the ZIP64 directory that its end promises.");
        }

        Span<byte> end64 = stackalloc byte[56];
        source.Read(end64Place, end64);
        return BinaryPrimitives.ReadUInt32LittleEndian(end64) == End64Signature
            ? ((long)BinaryPrimitives.ReadUInt64LittleEndian(end64[32..]), (long)BinaryPrimitives.ReadUInt64LittleEndian(end64[40..]), (long)BinaryPrimitives.ReadUInt64LittleEndian(end64[48..]))
            : throw Refuse(source, "It lacks the ZIP64 directory that its end promises.");
    }

    private static ZipEntry ReadEntry(ByteSource source, ref ReadOnlySpan<byte> rest)
    {
        if (rest.Length < EntryBytes || BinaryPrimitives.ReadUInt32LittleEndian(rest) != EntrySignature)
        {
            throw Refuse(source, "Its zip directory is damaged.");
        }

        ReadOnlySpan<byte> head = rest[..EntryBytes];
        int nameBytes = BinaryPrimitives.ReadUInt16LittleEndian(head[28..]);
        int extraBytes = BinaryPrimitives.ReadUInt16LittleEndian(head[30..]);
        int length = EntryBytes + nameBytes + extraBytes + BinaryPrimitives.ReadUInt16LittleEndian(head[32..]);
        if (length > rest.Length)
        {
            throw Refuse(source, "Its zip directory is damaged.");
        }

        string name = Encoding.UTF8.GetString(rest.Slice(EntryBytes, nameBytes));
        ReadOnlySpan<byte> extra = rest.Slice(EntryBytes + nameBytes, extraBytes);
        rest = rest[length..];
        long bytes = BinaryPrimitives.ReadUInt32LittleEndian(head[24..]);
        long stored = BinaryPrimitives.ReadUInt32LittleEndian(head[20..]);
        long place = BinaryPrimitives.ReadUInt32LittleEndian(head[42..]);
        Widen(source, extra, ref bytes, ref stored, ref place);
        int method = BinaryPrimitives.ReadUInt16LittleEndian(head[10..]);
        bool isEncrypted = (BinaryPrimitives.ReadUInt16LittleEndian(head[8..]) & 1) != 0;
        if (method is not (0 or 8) || isEncrypted)
        {
            throw new WeightFormatException(
                source.Path, $"Its zip entry '{WeightFormatException.Printable(name)}' is {(isEncrypted ? "encrypted" : $"compressed by method {method}")}; stored and deflated ones are read.", "Pack it again without.");
        }

        bool isPossible = bytes >= 0 && stored >= 0 && place >= 0 && (method == 0 ? bytes == stored : bytes / MostDeflateRatio <= stored);
        return isPossible
            ? new ZipEntry(name, method == 8, stored, bytes, place)
            : throw Refuse(source, $"Its zip entry '{WeightFormatException.Printable(name)}' declares {bytes} bytes in {stored}, which can't be.");
    }

    /// <summary>Takes from the ZIP64 field what did not fit into 32 bits.</summary>
    private static void Widen(ByteSource source, ReadOnlySpan<byte> extra, ref long bytes, ref long stored, ref long place)
    {
        bool isMissing = bytes == uint.MaxValue || stored == uint.MaxValue || place == uint.MaxValue;
        while (extra.Length >= 4 && isMissing)
        {
            int id = BinaryPrimitives.ReadUInt16LittleEndian(extra);
            int length = BinaryPrimitives.ReadUInt16LittleEndian(extra[2..]);
            if (length > extra.Length - 4)
            {
                break;
            }

            if (id == 1)
            {
                ReadOnlySpan<byte> field = extra.Slice(4, length);
                isMissing = !(Take(ref field, ref bytes) && Take(ref field, ref stored) && Take(ref field, ref place));
            }

            extra = extra[(4 + length)..];
        }

        if (isMissing)
        {
            throw Refuse(source, "A zip entry lacks the ZIP64 sizes that it promises.");
        }
    }

    private static bool Take(ref ReadOnlySpan<byte> field, ref long value)
    {
        if (value != uint.MaxValue)
        {
            return true;
        }

        if (field.Length < 8)
        {
            return false;
        }

        value = (long)BinaryPrimitives.ReadUInt64LittleEndian(field);
        field = field[8..];
        return true;
    }

    private static void CheckPlaces(ByteSource source, List<ZipEntry> entries, long directoryPlace)
    {
        Int128 end = 0;
        foreach (ZipEntry entry in entries.OrderBy(static entry => entry.HeaderPlace))
        {
            if (entry.HeaderPlace < end)
            {
                throw Refuse(source, $"Its zip entry '{WeightFormatException.Printable(entry.Name)}' overlaps another.");
            }

            end = (Int128)entry.HeaderPlace + LocalHeaderBytes + entry.StoredBytes;
        }

        if (end > directoryPlace)
        {
            throw Refuse(source, "Its zip entries reach into the directory.");
        }
    }

    private static WeightFormatException Refuse(ByteSource source, string what) => new(source.Path, what);
}
