using System.Buffers.Binary;
using System.IO.Compression;

namespace Dlrm.Data.Images;

/// <summary>Reads IDX files of bytes, plain or compressed with gzip: the format of MNIST.</summary>
/// <remarks>
/// <code>0  0  type  d   size[0] … size[d-1] (32-bit, big-endian)   elements (row-major)      type 8: unsigned bytes, the only one read</code>
/// <para>Source of the format: LeCun, Cortes, Burges, "The MNIST database of handwritten digits".</para>
/// </remarks>
public static class IdxFile
{
    private const int UnsignedByte = 8;

    /// <summary>The most that deflate can compress: a header that promises more is wrong, and nothing is allocated for it.</summary>
    private const long LargestCompression = 1032;

    /// <summary>Reads a whole file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="dimensions">How many sizes it must have: 3 for images, 1 for labels.</param>
    /// <returns>The array.</returns>
    /// <exception cref="DataFormatException">The file is not there, or is no whole IDX file of bytes with so many dimensions.</exception>
    public static IdxArray Read(string path, int dimensions)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!File.Exists(path))
        {
            throw new DataFormatException($"There is no file '{path}'.");
        }

        try
        {
            using FileStream file = File.OpenRead(path);
            Span<byte> head = stackalloc byte[2];
            bool isGzip = file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false) == head.Length && head is [0x1F, 0x8B];
            file.Position = 0;
            if (!isGzip)
            {
                return Read(file, path, dimensions, file.Length);
            }

            using GZipStream stream = new(file, CompressionMode.Decompress);
            return Read(stream, path, dimensions, LargestCompression * file.Length);
        }
        catch (InvalidDataException exception)
        {
            throw new DataFormatException($"{path}: its gzip data are damaged ({exception.Message.TrimEnd('.')}); get the file again.", exception);
        }
    }

    private static IdxArray Read(Stream stream, string path, int dimensions, long mostBytes)
    {
        Span<byte> magic = stackalloc byte[4];
        int length = stream.ReadAtLeast(magic, magic.Length, throwOnEndOfStream: false);
        if (length < magic.Length || magic[0] != 0 || magic[1] != 0)
        {
            throw new DataFormatException(
                $"{path} starts with the bytes {Hex(magic[..length])}; an IDX file of bytes with {Count(dimensions)} starts with {Hex([0, 0, UnsignedByte, (byte)dimensions])}: it is another kind of file.");
        }

        if (magic[2] != UnsignedByte || magic[3] != dimensions)
        {
            throw new DataFormatException(
                $"{path} is an IDX file of type {magic[2]} with {Count(magic[3])}, but type {UnsignedByte} (unsigned bytes) with {Count(dimensions)} is expected: images have 3 dimensions, labels 1.");
        }

        Span<byte> sizeBytes = stackalloc byte[sizeof(int) * dimensions];
        if (stream.ReadAtLeast(sizeBytes, sizeBytes.Length, throwOnEndOfStream: false) < sizeBytes.Length)
        {
            throw new DataFormatException($"{path} ends inside its header; get the file again.");
        }

        uint[] sizes = new uint[dimensions];
        UInt128 elements = 1;
        for (int k = 0; k < dimensions; k++)
        {
            sizes[k] = BinaryPrimitives.ReadUInt32BigEndian(sizeBytes[(sizeof(int) * k)..]);
            elements *= sizes[k];
        }

        string shape = string.Join(" × ", sizes);
        if (elements == 0 || elements > (UInt128)Array.MaxLength || sizes.Any(size => size > int.MaxValue))
        {
            throw new DataFormatException($"{path} promises {shape} bytes; that must be between 1 and {Array.MaxLength}: it is damaged, or no IDX file.");
        }

        if (elements > (UInt128)mostBytes)
        {
            throw new DataFormatException($"{path} promises {shape} = {elements} bytes, more than the file can hold; it is cut short or damaged: get it again.");
        }

        byte[] values = new byte[(int)elements];
        int read = stream.ReadAtLeast(values, values.Length, throwOnEndOfStream: false);
        if (read < values.Length)
        {
            throw new DataFormatException($"{path} promises {shape} = {elements} bytes but ends after {read}; it is cut short: get it again.");
        }

        if (stream.ReadByte() >= 0)
        {
            throw new DataFormatException($"{path} goes on after the {shape} = {elements} bytes that it promises; it is damaged: get it again.");
        }

        return new IdxArray([.. sizes.Select(size => (int)size)], values);
    }

    private static string Count(int dimensions) => dimensions == 1 ? "1 dimension" : $"{dimensions} dimensions";

    private static string Hex(ReadOnlySpan<byte> bytes) => bytes.Length == 0 ? "(none)" : string.Join(" ", Convert.ToHexString(bytes).Chunk(2).Select(pair => new string(pair)));
}
