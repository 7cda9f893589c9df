using System.Buffers.Binary;
using System.Text;

namespace Dlrm.Weights;

/// <summary>Reads the header of a NumPy array file: versions 1 to 3, C and Fortran order, both byte orders.</summary>
internal static class NpyReader
{
    private const int MostHeaderBytes = 1 << 16;

    /// <summary>Gets the bytes that every such file begins with.</summary>
    internal static ReadOnlySpan<byte> Magic => [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    /// <summary>Gets how many bytes tell the length of the header.</summary>
    internal static int PrefixBytes => 12;

    /// <summary>Tells how many bytes come before the elements.</summary>
    /// <param name="prefix">The first <see cref="PrefixBytes"/> bytes.</param>
    /// <returns>Bytes; too few for a header that is refused.</returns>
    internal static int HeadBytes(ReadOnlySpan<byte> prefix)
    {
        if (prefix.Length < PrefixBytes)
        {
            return prefix.Length;
        }

        long length = prefix[6] == 1 ? 10 + BinaryPrimitives.ReadUInt16LittleEndian(prefix[8..]) : 12 + (long)BinaryPrimitives.ReadUInt32LittleEndian(prefix[8..]);
        return length <= PrefixBytes + MostHeaderBytes ? Math.Max(PrefixBytes, (int)length) : PrefixBytes;
    }

    /// <summary>Reads a header.</summary>
    /// <param name="name">The tensor's name.</param>
    /// <param name="head">The first bytes of the array file, at least its prefix and header, or all of it.</param>
    /// <param name="source">The array file.</param>
    /// <param name="storage">The storage's name.</param>
    /// <returns>The tensor.</returns>
    /// <exception cref="WeightFormatException">It is no such file, or its elements are no plain numbers.</exception>
    internal static StoredTensor Read(string name, ReadOnlySpan<byte> head, ByteSource source, string storage)
    {
        WeightFormatException Refuse(string what, string wayOut = "Take another copy of the file, or write it again.") =>
            new(source.Path, $"Array '{WeightFormatException.Printable(name)}': {what}", wayOut);
        if (head.Length < 10 || !head.StartsWith(Magic))
        {
            throw Refuse("It does not begin as NumPy's array files do.");
        }

        int version = head[6];
        if (version is < 1 or > 3 || head.Length < 12)
        {
            throw Refuse($"It has version {version}; versions 1 to 3 are known.", "Write it again with numpy.save.");
        }

        int start = version == 1 ? 10 : 12;
        long length = version == 1 ? BinaryPrimitives.ReadUInt16LittleEndian(head[8..]) : BinaryPrimitives.ReadUInt32LittleEndian(head[8..]);
        if (length > MostHeaderBytes || length > head.Length - start)
        {
            throw Refuse($"Its header declares {length} bytes; there are {head.Length - start}, and {MostHeaderBytes} are the most.");
        }

        string text = version == 3 ? Encoding.UTF8.GetString(head.Slice(start, (int)length)) : Encoding.Latin1.GetString(head.Slice(start, (int)length));
        if (!NpyHeader.TryParse(text, out NpyHeader? header))
        {
            throw Refuse($"Its header is not understood: {WeightFormatException.Printable(text.Trim())}.", "Arrays of numbers are read; write records column by column.");
        }

        char order = header.Type[0];
        bool isMarked = order is '<' or '>' or '|' or '=';
        if (ElementTypes.OfNumpy(isMarked ? header.Type[1..] : header.Type) is not ElementType type)
        {
            throw Refuse($"Its elements are '{WeightFormatException.Printable(header.Type)}', no plain numbers.", "Convert them, as by array.astype('float32'); pickled objects are never loaded.");
        }

        long[] shape = header.Shape;
        long[]? strides = null;
        if (header.IsFortran)
        {
            long[] turned = [.. shape.Reverse()];
            strides = [.. StoredTensor.ContiguousStrides(turned).Reverse()];
        }

        ByteSource elements = source.Slice(start + length, source.Length - start - length);
        return StoredTensor.Create(name, type, shape, strides, 0, order == '>', storage, elements);
    }

    /// <summary>Reads an array file.</summary>
    /// <param name="source">The file.</param>
    /// <param name="name">The tensor's name.</param>
    /// <returns>The one tensor.</returns>
    internal static WeightListing ReadFile(ByteSource source, string name)
    {
        byte[] prefix = new byte[(int)Math.Min(source.Length, PrefixBytes)];
        source.Read(0, prefix);
        byte[] head = new byte[(int)Math.Min(source.Length, HeadBytes(prefix))];
        source.Read(0, head);
        return new WeightListing(WeightFormat.Npy, [Read(name, head, source, string.Empty)], [], []);
    }
}
