using System.Buffers.Binary;
using System.IO.Compression;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;

namespace Dlrm.Weights.Tests.Support;

/// <summary>Small files of weights, made here.</summary>
internal static class WeightSamples
{
    /// <summary>Gets 6 × 4 numbers: 100·row + column.</summary>
    internal static float[] Table { get; } = [.. Enumerable.Range(0, 24).Select(static i => (float)((100 * (i / 4)) + (i % 4)))];

    internal static byte[] TableBytes => MemoryMarshal.AsBytes(Table.AsSpan()).ToArray();

    /// <summary>Makes a zip file.</summary>
    internal static byte[] Zip(CompressionLevel level, params (string Name, byte[] Bytes)[] entries)
    {
        using MemoryStream bytes = new();
        using (ZipArchive zip = new(bytes, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach ((string name, byte[] content) in entries)
            {
                using Stream entry = zip.CreateEntry(name, level).Open();
                entry.Write(content);
            }
        }

        return bytes.ToArray();
    }

    /// <summary>Makes a PyTorch container of one storage, "0", that holds the table.</summary>
    internal static byte[] TorchZip(Action<PickleWriter> value, CompressionLevel level = CompressionLevel.NoCompression) =>
        Zip(level, ("archive/data.pkl", PickleWriter.Of(value)), ("archive/byteorder", "little"u8.ToArray()), ("archive/data/0", TableBytes), ("archive/version", "3\n"u8.ToArray()));

    /// <summary>Makes a PyTorch container from a raw pickle.</summary>
    internal static byte[] TorchZipOf(byte[] pickle) => Zip(CompressionLevel.NoCompression, ("archive/data.pkl", pickle), ("archive/data/0", TableBytes));

    /// <summary>Makes the old stream with one storage, "0", that holds the table.</summary>
    internal static byte[] TorchLegacy(Action<PickleWriter> value, long declaredElements = 24)
    {
        using MemoryStream bytes = new();
        byte[] magic = BigInteger.Parse("119547037146038801333356", System.Globalization.CultureInfo.InvariantCulture).ToByteArray();
        bytes.Write(PickleWriter.Of(pickle => pickle.Raw(0x8a, (byte)magic.Length).Raw(magic)));
        bytes.Write(PickleWriter.Of(static pickle => pickle.Number(1001)));
        bytes.Write(PickleWriter.Of(static pickle => pickle.Op('}')));
        bytes.Write(PickleWriter.Of(value));
        bytes.Write(PickleWriter.Of(static pickle => pickle.Op(']').Op('(').Text("0").Op('e')));
        Span<byte> count = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(count, declaredElements);
        bytes.Write(count);
        bytes.Write(TableBytes);
        return bytes.ToArray();
    }

    /// <summary>Makes a safetensors file from its header's text.</summary>
    internal static byte[] Safetensors(string header, int dataBytes, ulong? length = null)
    {
        byte[] json = Encoding.UTF8.GetBytes(header);
        byte[] bytes = new byte[8 + json.Length + dataBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, length ?? (ulong)json.Length);
        json.CopyTo(bytes, 8);
        TableBytes.AsSpan(0, Math.Min(dataBytes, TableBytes.Length)).CopyTo(bytes.AsSpan(8 + json.Length));
        return bytes;
    }

    /// <summary>Makes a .npy file.</summary>
    internal static byte[] Npy(string header, byte[] data, byte version = 1)
    {
        string padded = header.PadRight(117) + "\n";
        byte[] text = version == 3 ? Encoding.UTF8.GetBytes(padded) : Encoding.Latin1.GetBytes(padded);
        byte[] length = version == 1 ? [(byte)text.Length, (byte)(text.Length >> 8)] : [(byte)text.Length, (byte)(text.Length >> 8), 0, 0];
        return [0x93, .. "NUMPY"u8, version, 0, .. length, .. text, .. data];
    }

    /// <summary>Opens tensors of float32 with names and shapes; element i of all is i.</summary>
    internal static WeightFile Named((string Name, long[] Shape)[] tensors)
    {
        long place = 0;
        List<string> entries = [];
        foreach ((string name, long[] shape) in tensors)
        {
            long end = place + (4 * shape.Aggregate(1L, static (product, size) => product * size));
            entries.Add($"\"{name}\":{{\"dtype\":\"F32\",\"shape\":[{string.Join(',', shape)}],\"data_offsets\":[{place},{end}]}}");
            place = end;
        }

        byte[] bytes = Safetensors("{" + string.Join(',', entries) + "}", (int)place);
        for (int i = 0; i < place / 4; i++)
        {
            BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan((int)(bytes.Length - place) + (4 * i)), i);
        }

        return Open(bytes);
    }

    /// <summary>Opens bytes as if they were a file.</summary>
    internal static WeightFile Open(byte[] bytes, string name = "sample.bin", WeightFileLimits? limits = null) =>
        WeightFile.Open(new MemorySource(name, bytes), limits ?? new WeightFileLimits());
}
