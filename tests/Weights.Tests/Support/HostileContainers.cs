using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Dlrm.Weights.Tests.Support;

/// <summary>Zip, safetensors and NumPy files made to do harm.</summary>
internal static class HostileContainers
{
    private const int EntryStoredBytes = 20;
    private const int EntryBytes = 24;

    internal static IEnumerable<HostileFile> All => [.. Zips, .. SafetensorsFiles, .. Arrays, .. Others];

    private static byte[] Pickle { get; } = PickleWriter.Of(static pickle => pickle.Tensor("0", 24, 0, [6, 4], [4, 1]));

    private static IEnumerable<HostileFile> Zips =>
    [
        new("entries outside of the folder", static () => Zip([("archive/data.pkl", Pickle), ("archive/data/0", WeightSamples.TableBytes), ("../../tmp/x", [1]), ("/etc/passwd", [2]), ("a/../../b", [3])]), null, null, 1),
        new("the pickle twice", static () => Zip([("archive/data.pkl", Pickle), ("archive/data.pkl", Pickle), ("archive/data/0", WeightSamples.TableBytes)]), "is there twice"),
        new("pickle that unpacks to 256 MB of values", static () => WeightSamples.Zip(CompressionLevel.Fastest, ("a/data.pkl", Filled(256 << 20, (byte)'N'))), "more than"),
        new("pickle that unpacks to 256 MB of nothing", static () => WeightSamples.Zip(CompressionLevel.Fastest, ("a/data.pkl", new byte[256 << 20])), "operation 0x00"),
        new("storage that declares more than deflate can", static () => Patched(EntryBytes, 0x7fffffff), "which can't be"),
        new("storage that declares more than it has", static () => Patched(EntryBytes, 97), "which can't be"),
        new("stored size that reaches behind the file", static () => Patched(EntryStoredBytes, 0x7ffffffe, EntryBytes, 0x7ffffffe), "into the directory"),
        new("encrypted entry", static () => Patched(8, 1, size: 2), "is encrypted"),
        new("entry compressed by another method", static () => Patched(10, 12, size: 2), "compressed by method 12"),
        new("ZIP64 sizes that are not there", static () => Patched(EntryBytes, -1), "ZIP64"),
        new("entry header behind the directory", static () => Patched(42, 0x7fffffff), "into the directory"),
        new("two entries at one place", static () => Patched(42, 0), "overlaps"),
        new("directory behind the file", static () => End(16, 0x7fffffff), "not inside"),
        new("more entries than the directory has", static () => End(10, 65534, size: 2, alsoAt: 8), "not inside"),
        new("ZIP64 end that is not there", static () => End(10, -1, size: 2), "ZIP64"),
        new("several disks", static () => End(4, 1, size: 2), "one part"),
        new("directory that is cut", static () => Zip([("archive/data.pkl", Pickle), ("archive/data/0", WeightSamples.TableBytes)])[..^30], "cut short"),
        new("other header than in the directory", OtherName, "another header"),
        new("nothing", static () => Zip([]), "without a data.pkl"),
        new("neither PyTorch nor NumPy", static () => Zip([("readme.txt", [1])]), "without a data.pkl"),
        new("byte order that is none", static () => Zip([("a/data.pkl", Pickle), ("a/byteorder", "middle"u8.ToArray()), ("a/data/0", WeightSamples.TableBytes)]), "byte order"),
        new("65,000 entries", static () => Zip([.. Enumerable.Range(0, 65_000).Select(static i => ($"a/{i}", "x"u8.ToArray()))]), "without a data.pkl"),
    ];

    private static IEnumerable<HostileFile> SafetensorsFiles =>
    [
        Header("longer than the file", "{}", 0, "declares 1000 bytes", 1000),
        Header("of 2^63 bytes", "{}", 0, "declares 9223372036854775808", 1UL << 63),
        Header("of 2^64 - 1 bytes", "{}", 0, "declares 18446744073709551615", ulong.MaxValue),
        new("header above 100 MB", static () => WeightSamples.Safetensors("{" + new string(' ', 100_000_001) + "}", 0), "are the most"),
        new("header of 90 MB of blanks", static () => WeightSamples.Safetensors("{" + new string(' ', 90_000_000) + "}", 0), null),
        new("name of 20 MB", static () => WeightSamples.Safetensors("{\"" + new string('a', 20_000_000) + "\":1}", 0), "bytes of memory"),
        new("600,000 tensors of nothing", static () => WeightSamples.Safetensors("{" + string.Join(',', Enumerable.Range(0, 600_000).Select(static i => $"\"{i}\":{{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}")) + "}", 0), "bytes of memory"),
        Header("name twice", $"{{{Entry("a", 0, 4)},{Entry("a", 4, 8)}}}", 8, "twice"),
        Header("key twice", "{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 4, "second"),
        Header("metadata twice", "{\"__metadata__\":{\"a\":\"1\",\"a\":\"2\"}}", 0, "twice"),
        Header("metadata that is no text", "{\"__metadata__\":{\"a\":1}}", 0, "no size"),
        Header("hole", $"{{{Entry("a", 0, 4)},{Entry("b", 8, 12)}}}", 12, "a hole"),
        Header("overlap", $"{{{Entry("a", 0, 4)},{Entry("b", 2, 6)}}}", 6, "overlap"),
        Header("hole at the beginning", $"{{{Entry("a", 4, 8)}}}", 8, "a hole"),
        Header("bytes behind the last", $"{{{Entry("a", 0, 4)}}}", 8, "follow the header"),
        Header("behind the file", $"{{{Entry("a", 0, 4)}}}", 2, "follow the header"),
        Header("negative place", $"{{{Entry("a", -4, 0)}}}", 4, "no size"),
        Header("end before begin", $"{{{Entry("a", 4, 0)}}}", 4, "rising"),
        Header("place 2^63 - 1", $"{{{Entry("a", 0, long.MaxValue)}}}", 4, "follow the header"),
        Header("size 2^62", "{\"a\":{\"dtype\":\"F32\",\"shape\":[4611686018427387904,4],\"data_offsets\":[0,4]}}", 4, "reaches element"),
        Header("size above 2^63", "{\"a\":{\"dtype\":\"F32\",\"shape\":[18446744073709551616],\"data_offsets\":[0,4]}}", 4, "no size"),
        Header("fraction as a size", "{\"a\":{\"dtype\":\"F32\",\"shape\":[1.5],\"data_offsets\":[0,4]}}", 4, "no size"),
        Header("shape smaller than its bytes", "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,8]}}", 8, "need 4"),
        Header("unknown key", "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4],\"path\":\"/etc/passwd\"}}", 4, "text where none"),
        Header("missing key", "{\"a\":{\"dtype\":\"F32\",\"shape\":[1]}}", 4, "lacks"),
        Header("nested deep", "{\"a\":" + new string('[', 50_000) + "}", 0, "can be"),
        Header("no object", "{\"a\":7}", 0, "no size"),
        Header("no JSON", "{\"a\":{]", 0, "no JSON"),
        Header("comment", "{ /*\"a\"*/}", 0, "no JSON"),
        Header("65 axes", "{\"a\":{\"dtype\":\"F32\",\"shape\":[" + string.Join(',', Enumerable.Repeat("1", 65)) + "],\"data_offsets\":[0,4]}}", 4, "no size"),
        new("header with an unknown dtype", static () => WeightSamples.Safetensors("{\"a\":{\"dtype\":\"F4_X\",\"shape\":[8],\"data_offsets\":[0,4]}," + Entry("b", 4, 8) + "}", 8), null, "safetensors dtype F4_X", 1),
    ];

    private static IEnumerable<HostileFile> Arrays =>
    [
        Array("pickled objects", "{'descr': '|O', 'fortran_order': False, 'shape': (3,), }", "pickled objects are never loaded"),
        Array("records", "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (3,), }", "is not understood"),
        Array("code in the shape", "{'descr': '<f4', 'fortran_order': False, 'shape': (__import__('os').system('id'),), }", "is not understood"),
        Array("code before the header", "__import__('os').system('id') or {'descr': '<f4', 'fortran_order': False, 'shape': (6, 4), }", "is not understood"),
        Array("key twice", "{'descr': '<f4', 'descr': '<f8', 'fortran_order': False, 'shape': (6, 4), }", "is not understood"),
        Array("size 2^62", "{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, 8), }", "reaches element"),
        Array("size above 2^63", "{'descr': '<f4', 'fortran_order': False, 'shape': (18446744073709551616,), }", "is not understood"),
        Array("negative size", "{'descr': '<f4', 'fortran_order': False, 'shape': (-6, 4), }", "is not understood"),
        Array("behind the file", "{'descr': '<f4', 'fortran_order': False, 'shape': (7, 4), }", "reaches element"),
        Array("Fortran order behind the file", "{'descr': '<f4', 'fortran_order': True, 'shape': (7, 4), }", "reaches element"),
        new("array of version 9", static () => WeightSamples.Npy("{'descr': '<f4', 'fortran_order': False, 'shape': (6, 4), }", WeightSamples.TableBytes, 9), "version 9"),
        new("array header of 4 GB", static () => [0x93, .. "NUMPY"u8, 2, 0, 255, 255, 255, 255, .. new byte[100]], "declares 4294967295"),
        new("array header behind the file", static () => [0x93, .. "NUMPY"u8, 1, 0, 255, 255, .. new byte[100]], "declares 65535"),
        new("array that ends in its prefix", static () => [0x93, .. "NUMPY"u8, 1], "does not begin"),
        new("npz entries outside of the folder", static () => Zip([("../../x.npy", WeightSamples.Npy("{'descr': '<f4', 'fortran_order': False, 'shape': (6, 4), }", WeightSamples.TableBytes))]), null, null, 1),
        new("npz that unpacks to 256 MB of nothing", static () => WeightSamples.Zip(CompressionLevel.Fastest, ("a.npy", new byte[256 << 20])), "does not begin"),
        new("npz of 2,000 headers that unpack to 64 kB", NpzOfBlanks, "bytes of memory"),
    ];

    private static IEnumerable<HostileFile> Others =>
    [
        new("tar file", static () => [.. new byte[257], .. "ustar"u8, .. new byte[250]], "a tar file"),
        new("gzip file", static () => [0x1f, 0x8b, 8, 0, .. new byte[20]], "compressed by gzip"),
        new("HDF5 file", static () => [0x89, .. "HDF\r\n\u001a\n"u8, .. new byte[20]], "an HDF5 file"),
        new("empty file", static () => [], "It is empty"),
        new("one byte", static () => [0x80], "no file of weights"),
        new("zeros", static () => new byte[1000], "no file of weights"),
        new("one line of 8 MB", static () => Filled(8 << 20, (byte)'a'), "longer than"),
    ];

    private static string Entry(string name, long begin, long end) => $"\"{name}\":{{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[{begin},{end}]}}";

    private static HostileFile Header(string name, string header, int dataBytes, string refusal, ulong? length = null) =>
        new($"header {name}", () => WeightSamples.Safetensors(header, dataBytes, length), refusal);

    private static HostileFile Array(string name, string header, string refusal) =>
        new($"array of {name}", () => WeightSamples.Npy(header, WeightSamples.TableBytes), refusal);

    private static byte[] Zip((string Name, byte[] Bytes)[] entries) => WeightSamples.Zip(CompressionLevel.NoCompression, entries);

    private static byte[] Filled(int length, byte value)
    {
        byte[] bytes = new byte[length];
        bytes.AsSpan().Fill(value);
        return bytes;
    }

    private static byte[] NpzOfBlanks()
    {
        byte[] header = Filled(65_280, (byte)' ');
        "{'descr': '<f4', 'fortran_order': False, 'shape': (), }"u8.CopyTo(header);
        byte[] array = [0x93, .. "NUMPY"u8, 2, 0, 0, 255, 0, 0, .. header, 0, 0, 0, 0];
        return WeightSamples.Zip(CompressionLevel.Fastest, [.. Enumerable.Range(0, 2000).Select(i => ($"{i}.npy", array))]);
    }

    /// <summary>Makes a PyTorch container and changes fields of the last entry of its directory.</summary>
    private static byte[] Patched(int offset, int value, int secondOffset = -1, int secondValue = 0, int size = 4)
    {
        byte[] bytes = Zip([("archive/data.pkl", Pickle), ("archive/data/0", WeightSamples.TableBytes)]);
        int entry = bytes.AsSpan().LastIndexOf("PK\u0001\u0002"u8);
        Write(bytes, entry + offset, value, size);
        if (secondOffset >= 0)
        {
            Write(bytes, entry + secondOffset, secondValue, size);
        }

        return bytes;
    }

    /// <summary>Makes a PyTorch container and changes fields of the end of its directory.</summary>
    private static byte[] End(int offset, int value, int size = 4, int alsoAt = -1)
    {
        byte[] bytes = Zip([("archive/data.pkl", Pickle), ("archive/data/0", WeightSamples.TableBytes)]);
        Write(bytes, bytes.Length - 22 + offset, value, size);
        if (alsoAt >= 0)
        {
            Write(bytes, bytes.Length - 22 + alsoAt, value, size);
        }

        return bytes;
    }

    private static byte[] OtherName()
    {
        byte[] bytes = Zip([("archive/data.pkl", Pickle), ("archive/data/0", WeightSamples.TableBytes)]);
        Encoding.ASCII.GetBytes("archive/data/1").CopyTo(bytes.AsSpan(bytes.AsSpan().IndexOf("archive/data/0"u8)));
        return bytes;
    }

    private static void Write(byte[] bytes, int place, int value, int size)
    {
        if (size == 2)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(place), unchecked((ushort)value));
        }
        else
        {
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(place), value);
        }
    }
}
