using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Dlrm.Checkpoints;
using Dlrm.Numerics;
using Dlrm.Numerics.Cpu;
using Dlrm.TestSupport;

namespace Dlrm.Tests.Checkpoints;

public sealed class SafetensorsTests
{
    private const string Real = "checkpoints-safetensors/";

    /// <summary>Gets headers that are no headers, the data bytes behind them, and what the message must say.</summary>
    public static TheoryData<string, int, string> Malformed => new()
    {
        { "[]", 0, "does not start with an object" },
        { "  {}", 0, "does not start with an object" },
        { "{\"a\"", 0, "not the JSON" },
        { "{}{}", 0, "not the JSON" },
        { "{} x", 0, "not the JSON" },
        { "{},", 0, "not the JSON" },
        { "{}\0\0", 0, "not the JSON" },
        { "{\"a\":1}", 0, "is no object" },
        { "{\"a\":null}", 0, "is no object" },
        { "{\"a\":{}}", 0, "lacks its dtype" },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[1]}}", 4, "lacks its dtype" },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0]}}", 4, "lacks its dtype" },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4,8]}}", 4, "lacks its dtype" },
        { "{\"a\":{\"dtype\":\"F33\",\"shape\":[1],\"data_offsets\":[0,4]}}", 4, "'F33' is not known" },
        { "{\"a\":{\"dtype\":7,\"shape\":[1],\"data_offsets\":[0,4]}}", 4, "'dtype' where it can't be" },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":1,\"data_offsets\":[0,4]}}", 4, "is no array" },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,4]}}", 4, "no size" },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[1.5],\"data_offsets\":[0,4]}}", 4, "no size" },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[\"1\"],\"data_offsets\":[0,4]}}", 4, "no size" },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[9223372036854775808],\"data_offsets\":[0,4]}}", 4, "no size" },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[[1]],\"data_offsets\":[0,4]}}", 4, "no size" },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,0]}}", 0, "more elements than a file can hold" },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296,0],\"data_offsets\":[0,0]}}", 0, "more elements than a file can hold" },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[2305843009213693952],\"data_offsets\":[0,0]}}", 0, "more elements than a file can hold" },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}", 4, "its shape needs 8" },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,0]}}", 4, "its shape needs 4" },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4],\"x\":1}}", 4, "'x' where it can't be" },
        { "{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 4, "'dtype' where it can't be" },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}", 8, "this name twice" },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},\"\\u0061\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}", 8, "this name twice" },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}", 8, "hole or an overlap" },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}", 8, "hole or an overlap" },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 4, "hole or an overlap" },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 3, "by its header it needs" },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 5, "by its header it needs" },
        { "{}", 1, "by its header it needs" },
        { "{\"__metadata__\":{\"a\":1}}", 0, "is no text" },
        { "{\"__metadata__\":{\"a\":\"\",\"a\":\"\"}}", 0, "twice" },
        { "{\"__metadata__\":[]}", 0, "is no object" },
        { "{\"__metadata__\":{},\"__metadata__\":{}}", 0, "this name twice" },
        { "{\"\\ud800\":{}}", 0, "not the JSON" },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[" + string.Join(',', Enumerable.Repeat("1", 33)) + "],\"data_offsets\":[0,4]}}", 4, "no size" },
        { "{\"a\":" + new string('[', 5000), 0, "is no object" },
        { "{\"a\":{\"shape\":" + new string('[', 5000), 0, "no size" },
    };

    [Theory]
    [MemberData(nameof(Malformed))]
    public void Reader_MalformedHeader_IsRefusedWithAReason(string header, int dataBytes, string reason)
    {
        using TemporaryFolder folder = new();
        string path = folder.File("bad.safetensors");
        File.WriteAllBytes(path, FileOf(Encoding.UTF8.GetBytes(header), dataBytes));

        CheckpointException exception = Assert.Throws<CheckpointException>(() => new SafetensorsReader(path));

        Assert.Equal(path, exception.Path);
        Assert.Contains(reason, exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("00")]
    [InlineData("02000000000000")]
    [InlineData("0200000000000000")]
    [InlineData("00000000000000007b7d")]
    [InlineData("01000000000000007b7d")]
    [InlineData("03000000000000007b7d")]
    [InlineData("01e1f505000000007b7d")]
    [InlineData("ffffffffffffffff7b7d")]
    [InlineData("00000000000000807b7d")]
    public void Reader_LengthThatCannotBe_IsRefused(string hexadecimal)
    {
        using TemporaryFolder folder = new();
        string path = folder.File("bad.safetensors");
        File.WriteAllBytes(path, Convert.FromHexString(hexadecimal));

        CheckpointException exception = Assert.Throws<CheckpointException>(() => new SafetensorsReader(path));

        Assert.Equal(path, exception.Path);
    }

    [Fact]
    public void Reader_InvalidUtf8InAName_IsRefused()
    {
        using TemporaryFolder folder = new();
        string path = folder.File("bad.safetensors");
        File.WriteAllBytes(path, FileOf([(byte)'{', (byte)'"', 0xff, 0xfe, (byte)'"', (byte)':', (byte)'{', (byte)'}', (byte)'}'], 0));

        Assert.Throws<CheckpointException>(() => new SafetensorsReader(path));
    }

    [Fact]
    public void Reader_AnyMutationOfAHeader_IsReadOrRefused()
    {
        using TemporaryFolder folder = new();
        string path = folder.File("mutated.safetensors");
        byte[] sound = SmallFile();
        Random random = new(20210405);
        for (int mutation = 0; mutation < 2000; mutation++)
        {
            byte[] bytes = [.. sound];
            for (int change = random.Next(1, 4); change > 0; change--)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            File.WriteAllBytes(path, bytes);
            Exception? exception = Record.Exception(() => new SafetensorsReader(path).Dispose());

            Assert.True(exception is null or CheckpointException, $"Mutation {mutation}: {exception}");
        }
    }

    [Fact]
    public void Reader_MissingFile_SaysSo()
    {
        CheckpointException exception = Assert.Throws<CheckpointException>(() => new SafetensorsReader("/nowhere/model.safetensors"));

        Assert.StartsWith("/nowhere/model.safetensors: The file can't be opened: ", exception.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Reader_RealFiles_ListsTheirTensors()
    {
        string folder = SharedData.Require(Real);

        string listing = string.Join('\n', Directory.GetFiles(folder, "*.safetensors").Order(StringComparer.Ordinal).Select(Describe));

        Assert.Equal(
            """
            mnist_tinygrad: l1.weight F32 [128, 784], l2.weight F32 [10, 128]
            model2vec_float16: embeddings F16 [29528, 2]
            model2vec_float32: embeddings F32 [29528, 2]
            model2vec_int8: embeddings I8 [29528, 2]
            model2vec_vocab-quantized: weights F64 [29524], embeddings F32 [128, 64], mapping I32 [29524]
            """,
            listing);
    }

    [SkippableTheory]
    [InlineData("model2vec_float32", "embeddings", "e9c875dcb835fedfae9d32c9e783bcbc9fc1eaf48f5b430fbd968b56fd4b4802")]
    [InlineData("model2vec_vocab-quantized", "embeddings", "424758d49615ff91d1a0735d7cc5809358eca9a9f8d23f3f9663567783886cea")]
    [InlineData("mnist_tinygrad", "l1.weight", "d2415f6a157d7483127ae82621535d236409cf148d57d2388069dbc1b117e654")]
    [InlineData("mnist_tinygrad", "l2.weight", "d9baf7f96ad5d124d76d717f420c4c37a9af05de6405a22947ec3e43b038e31e")]
    public void Read_RealFloats_HaveTheHashOfTheSource(string file, string tensor, string sha256)
    {
        using SafetensorsReader reader = new(SharedData.Require(Real + file + ".safetensors"));
        using CpuDevice device = new(1);
        using DeviceBuffer<float> values = device.Allocate<float>(reader.Shape(tensor).Aggregate(1L, (product, size) => product * size));

        reader.Read(tensor, values);

        Assert.Equal(sha256, Convert.ToHexStringLower(SHA256.HashData(System.Runtime.InteropServices.MemoryMarshal.AsBytes(values.ToArray().AsSpan()))));
    }

    [SkippableFact]
    public void ReadDoubles_RealDoubles_HaveTheHashOfTheSource()
    {
        using SafetensorsReader reader = new(SharedData.Require(Real + "model2vec_vocab-quantized.safetensors"));

        double[] values = reader.ReadDoubles("weights");

        Assert.Equal(
            "c4eb6345077a58e1ddcdc3b31dc29b0215267fa09fde6b27eab4c0e13e6a73c5",
            Convert.ToHexStringLower(SHA256.HashData(System.Runtime.InteropServices.MemoryMarshal.AsBytes(values.AsSpan()))));
    }

    [SkippableFact]
    public void Read_AnotherElementType_SaysBoth()
    {
        string path = SharedData.Require(Real + "model2vec_float16.safetensors");
        using SafetensorsReader reader = new(path);
        using CpuDevice device = new(1);
        using DeviceBuffer<float> values = device.Allocate<float>(29528 * 2);

        CheckpointException exception = Assert.Throws<CheckpointException>(() => reader.Read("embeddings", values));

        Assert.Equal(path + ", tensor 'embeddings': Its elements are F16, and F32 is needed here. Convert the file, or load one that this library wrote.", exception.Message);
    }

    [Fact]
    public void Read_MissingTensorOrTooSmallABuffer_NamesTheTensor()
    {
        using TemporaryFolder folder = new();
        string path = folder.File("small.safetensors");
        File.WriteAllBytes(path, SmallFile());
        using SafetensorsReader reader = new(path);
        using CpuDevice device = new(1);
        using DeviceBuffer<float> small = device.Allocate<float>(23);

        CheckpointException missing = Assert.Throws<CheckpointException>(() => reader.Shape("tables.9.core.0"));
        CheckpointException tooSmall = Assert.Throws<CheckpointException>(() => reader.Read("tables.0.core.0", small));

        Assert.Contains("tensor 'tables.9.core.0': It is not among the 3 tensors", missing.Message, StringComparison.Ordinal);
        Assert.Contains("tensor 'tables.0.core.0': It has 24 elements, shape (1, 3, 2, 4), and the model has room for 23.", tooSmall.Message, StringComparison.Ordinal);
        Assert.False(reader.Contains("tables.9.core.0"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData((1 << 18) - 1)]
    [InlineData(1 << 18)]
    [InlineData((1 << 18) + 1)]
    [InlineData(700_001)]
    public void Save_LengthsAroundABlock_ComeBack(int length)
    {
        using TemporaryFolder folder = new();
        using CpuDevice device = new(1);
        using DeviceBuffer<float> values = device.Allocate<float>(length);
        using DeviceBuffer<float> back = device.Allocate<float>(length);
        values.CopyFrom(Enumerable.Range(0, length).Select(i => (float)i).ToArray());
        using (FileStream stream = File.Create(folder.File("x.safetensors")))
        {
            SafetensorsWriter.Save(stream, writer => { writer.Write("a", [length], values); writer.Write("b", [1L, 2]); }, new Dictionary<string, string> { ["format"] = "dlrm", ["ünï"] = "\"\n" });
        }

        using SafetensorsReader reader = new(folder.File("x.safetensors"));
        reader.Read("a", back);

        Assert.Equal(values.ToArray(), back.ToArray());
        Assert.Equal([1L, 2], reader.ReadIntegers("b"));
        Assert.Equal("\"\n", reader.Metadata["ünï"]);
    }

    [Fact]
    public void Save_TwiceOrInPieces_GivesTheSameBytesAndAlignedData()
    {
        byte[] first = SmallFile();

        Assert.Equal(first, SmallFile());
        Assert.Equal(0, BinaryPrimitives.ReadInt64LittleEndian(first) % 8);
    }

    [Fact]
    public void Save_NameTwiceOrBufferTooShort_Throws()
    {
        using CpuDevice device = new(1);
        using DeviceBuffer<float> values = device.Allocate<float>(3);

        Assert.Throws<ArgumentException>(() => SafetensorsWriter.Save(Stream.Null, writer => { writer.Write("a", [1.0]); writer.Write("a", [1L]); }));
        Assert.Throws<ArgumentException>(() => SafetensorsWriter.Save(Stream.Null, writer => writer.Write("a", [2, 2], values)));
        Assert.Throws<ArgumentException>(() => SafetensorsWriter.Save(Stream.Null, writer => writer.Write(string.Empty, [1.0])));
    }

    [Fact]
    public void Save_ContentThatChanges_Throws()
    {
        int calls = 0;

        InvalidOperationException other = Assert.Throws<InvalidOperationException>(() => SafetensorsWriter.Save(Stream.Null, writer => writer.Write("a" + calls++, [1.0])));
        Assert.Throws<InvalidOperationException>(() => SafetensorsWriter.Save(Stream.Null, writer => writer.Write("a", new double[calls++])));
        calls = 0;
        Assert.Throws<InvalidOperationException>(() => SafetensorsWriter.Save(Stream.Null, writer => { if (calls++ == 0) { writer.Write("a", [1.0]); } }));

        Assert.Equal("The content wrote 'a0' (F64) first and 'a1' (F64) then; it must do the same both times.", other.Message);
    }

    [Theory]
    [InlineData("", 0x00000000u)]
    [InlineData("313233343536373839", 0xe3069283u)]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000", 0x8a9136aau)]
    [InlineData("ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", 0x62a8ab43u)]
    public void Crc32C_PublishedVectors_Match(string hexadecimal, uint expected)
    {
        Crc32C checksum = new();

        checksum.Append(Convert.FromHexString(hexadecimal));

        Assert.Equal(expected, checksum.Value);
    }

    private static byte[] SmallFile()
    {
        using SmallState state = new(1);
        using MemoryStream stream = new();
        SafetensorsWriter.Save(stream, state.SaveModel);
        return stream.ToArray();
    }

    private static byte[] FileOf(byte[] header, int dataBytes)
    {
        byte[] bytes = new byte[8 + header.Length + dataBytes];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, header.Length);
        header.CopyTo(bytes, 8);
        return bytes;
    }

    private static string Describe(string path)
    {
        using SafetensorsReader reader = new(path);
        return Path.GetFileNameWithoutExtension(path) + ": " + string.Join(", ", reader.Entries.Select(entry => $"{entry.Name} {entry.Type} [{string.Join(", ", entry.Shape)}]"));
    }
}
