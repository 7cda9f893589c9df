using System.Buffers.Binary;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Dlrm.TestSupport;
using Dlrm.Weights.Tests.Support;

namespace Dlrm.Weights.Tests;

/// <summary>Views, byte orders, element types and blocks of rows.</summary>
public sealed class StoredTensorTests
{
    /// <summary>Gets views of the 24 elements of a storage, and the elements' numbers in C order.</summary>
    public static TheoryData<long, long[], long[], int[]> Views => new()
    {
        { 0, [6, 4], [4, 1], [.. Enumerable.Range(0, 24)] },                                // as it is
        { 4, [2, 4], [4, 1], [4, 5, 6, 7, 8, 9, 10, 11] },                                  // rows 1 and 2
        { 1, [3, 2], [8, 1], [1, 2, 9, 10, 17, 18] },                                       // some columns of every other row
        { 0, [4, 6], [1, 4], [0, 4, 8, 12, 16, 20, 1, 5, 9, 13, 17, 21, 2, 6, 10, 14, 18, 22, 3, 7, 11, 15, 19, 23] }, // transposed
        { 2, [2, 3], [2, 8], [2, 10, 18, 4, 12, 20] },                                      // no axis has step 1
        { 0, [2, 3, 4], [12, 4, 1], [.. Enumerable.Range(0, 24)] },                         // three axes
        { 0, [3, 2, 4], [4, 12, 1], [0, 1, 2, 3, 12, 13, 14, 15, 4, 5, 6, 7, 16, 17, 18, 19, 8, 9, 10, 11, 20, 21, 22, 23] }, // three axes, two exchanged
        { 5, [4], [5], [5, 10, 15, 20] },                                                   // a vector with steps
        { 7, [], [], [7] },                                                                 // a scalar
        { 0, [0, 4], [4, 1], [] },                                                          // no rows
        { 0, [3, 0], [1, 1], [] },                                                          // no columns
        { 0, [1, 24], [999, 1], [.. Enumerable.Range(0, 24)] },                             // the step of an axis of size 1 does not matter
    };

    /// <summary>Elements and hash of a view.</summary>
    /// <param name="offset">Its first element.</param>
    /// <param name="shape">Its sizes.</param>
    /// <param name="strides">Its steps.</param>
    /// <param name="expected">The elements' numbers in the storage.</param>
    [Theory]
    [MemberData(nameof(Views))]
    public void ReadRows_OfAView_GathersInCOrder(long offset, long[] shape, long[] strides, int[] expected)
    {
        using WeightFile file = WeightSamples.Open(WeightSamples.TorchZip(pickle => pickle.Tensor("0", 24, offset, shape, strides)));
        StoredTensor tensor = Assert.Single(file.Tensors);
        float[] values = new float[tensor.Elements];

        tensor.ReadRows(0, values);

        float[] gathered = [.. expected.Select(static i => WeightSamples.Table[i])];
        Assert.Equal(gathered, values);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(gathered.AsSpan()))), tensor.Sha256());
        for (int row = 0; row < tensor.Rows && tensor.Columns > 0; row++)
        {
            float[] one = new float[tensor.Columns];
            tensor.ReadRows(row, one);
            Assert.Equal(gathered.Skip(row * one.Length).Take(one.Length), one);
        }
    }

    /// <summary>Every real element type comes out as float32.</summary>
    /// <param name="type">safetensors' name of it.</param>
    /// <param name="hex">Two elements, little-endian.</param>
    /// <param name="first">The first.</param>
    /// <param name="second">The second.</param>
    [Theory]
    [InlineData("F64", "000000000000F83F0000000000000CC0", 1.5f, -3.5f)]
    [InlineData("F32", "0000C03F000060C0", 1.5f, -3.5f)]
    [InlineData("F16", "003E00C3", 1.5f, -3.5f)]
    [InlineData("BF16", "C03F60C0", 1.5f, -3.5f)]
    [InlineData("I64", "0300000000000000FEFFFFFFFFFFFFFF", 3f, -2f)]
    [InlineData("I32", "03000000FEFFFFFF", 3f, -2f)]
    [InlineData("I16", "0300FEFF", 3f, -2f)]
    [InlineData("I8", "03FE", 3f, -2f)]
    [InlineData("U64", "03000000000000000001000000000000", 3f, 256f)]
    [InlineData("U32", "0300000000010000", 3f, 256f)]
    [InlineData("U16", "03000001", 3f, 256f)]
    [InlineData("U8", "03FE", 3f, 254f)]
    [InlineData("BOOL", "0001", 0f, 1f)]
    public void ReadRows_OfAnyRealType_ConvertsToSingle(string type, string hex, float first, float second)
    {
        byte[] data = Convert.FromHexString(hex);
        byte[] bytes = WeightSamples.Safetensors($"{{\"x\":{{\"dtype\":\"{type}\",\"shape\":[2],\"data_offsets\":[0,{data.Length}]}}}}", data.Length);
        data.CopyTo(bytes, bytes.Length - data.Length);
        using WeightFile file = WeightSamples.Open(bytes);
        float[] values = new float[2];

        file.Find("x").ReadRows(0, values);

        Assert.Equal([first, second], values);
    }

    /// <summary>All orders and versions of .npy give the same numbers.</summary>
    /// <param name="version">The file's version.</param>
    /// <param name="descr">The element type.</param>
    /// <param name="isFortran">The order of the axes.</param>
    [Theory]
    [InlineData(1, "<f4", false)]
    [InlineData(2, "<f4", false)]
    [InlineData(3, "<f4", false)]
    [InlineData(1, ">f4", false)]
    [InlineData(1, "<f4", true)]
    [InlineData(2, ">f4", true)]
    public void Open_Npy_ReadsAnyOrder(byte version, string descr, bool isFortran)
    {
        byte[] data = new byte[96];
        for (int i = 0; i < 24; i++)
        {
            float value = WeightSamples.Table[isFortran ? ((i % 6) * 4) + (i / 6) : i];
            Action<float, int> write = descr[0] == '>' ? (v, at) => BinaryPrimitives.WriteSingleBigEndian(data.AsSpan(at), v) : (v, at) => BinaryPrimitives.WriteSingleLittleEndian(data.AsSpan(at), v);
            write(value, 4 * i);
        }

        using WeightFile file = WeightSamples.Open(WeightSamples.Npy($"{{'descr': '{descr}', 'fortran_order': {isFortran}, 'shape': (6, 4), }}", data, version), "folder/items.npy");

        StoredTensor tensor = Assert.Single(file.Tensors);
        float[] values = new float[24];
        tensor.ReadRows(0, values);
        Assert.Equal("items", tensor.Name);
        Assert.Equal(WeightSamples.Table, values);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(WeightSamples.TableBytes)), tensor.Sha256());
    }

    /// <summary>Stored and deflated .npz.</summary>
    /// <param name="level">How it is packed.</param>
    [Theory]
    [InlineData(CompressionLevel.NoCompression)]
    [InlineData(CompressionLevel.Optimal)]
    public void Open_Npz_ReadsEveryArray(CompressionLevel level)
    {
        byte[] array = WeightSamples.Npy("{'descr': '<f4', 'fortran_order': False, 'shape': (6, 4), }", WeightSamples.TableBytes);

        using WeightFile file = WeightSamples.Open(WeightSamples.Zip(level, ("a.npy", array), ("b.npy", array), ("note.txt", [1])));

        Assert.Equal(WeightFormat.Npz, file.Format);
        Assert.Equal(["a", "b"], file.Tensors.Select(static tensor => tensor.Name));
        Assert.All(file.Tensors, static tensor => Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(WeightSamples.TableBytes)), tensor.Sha256()));
        Assert.Equal([new OpaqueNode("zip entry that is no .npy", 1)], file.Opaque);
    }

    /// <summary>A deflated storage of some megabytes goes through a temporary file, which is gone afterwards.</summary>
    [Fact]
    public void Open_DeflatedTorchZip_ReadsThroughATemporaryFile()
    {
        byte[] storage = new byte[4 << 20];
        new Random(20210405).NextBytes(storage.AsSpan(0, 1 << 16));
        byte[] pickle = PickleWriter.Of(static pickle => pickle.Tensor("0", 1 << 20, 0, [1 << 10, 1 << 10], [1 << 10, 1]));
        byte[] bytes = WeightSamples.Zip(CompressionLevel.Fastest, ("archive/data.pkl", pickle), ("archive/data/0", storage));
        string[] before = Directory.GetFiles(Path.GetTempPath(), "dlrm-????????????????????????????????");

        using (WeightFile file = WeightSamples.Open(bytes))
        {
            Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(storage)), Assert.Single(file.Tensors).Sha256());
        }

        Assert.Empty(Directory.GetFiles(Path.GetTempPath(), "dlrm-????????????????????????????????").Except(before));
    }

    /// <summary>Above the limit it is refused with a way out, when it is read.</summary>
    [Fact]
    public void ReadRows_DeflatedAboveTheLimit_IsRefused()
    {
        byte[] pickle = PickleWriter.Of(static pickle => pickle.Tensor("0", 1 << 20, 0, [1 << 10, 1 << 10], [1 << 10, 1]));
        byte[] bytes = WeightSamples.Zip(CompressionLevel.Fastest, ("archive/data.pkl", pickle), ("archive/data/0", new byte[4 << 20]));
        using WeightFile file = WeightSamples.Open(bytes, limits: new WeightFileLimits { TemporaryBytes = 1 << 21 });

        WeightFormatException exception = Assert.Throws<WeightFormatException>(() => file.Tensors[0].Sha256());

        Assert.Contains("WeightFileLimits.TemporaryBytes", exception.Message, StringComparison.Ordinal);
    }

    /// <summary>A container of a machine of the other byte order.</summary>
    [Fact]
    public void Open_BigEndianTorchZip_TurnsTheElements()
    {
        byte[] turned = WeightSamples.TableBytes;
        MemoryMarshal.Cast<byte, uint>(turned.AsSpan()).Reverse();
        turned.AsSpan().Reverse();
        byte[] bytes = WeightSamples.Zip(
            CompressionLevel.NoCompression,
            ("m/data.pkl", PickleWriter.Of(static pickle => pickle.Tensor("0", 24, 0, [6, 4], [4, 1]))), ("m/byteorder", "big"u8.ToArray()), ("m/data/0", turned));

        using WeightFile file = WeightSamples.Open(bytes);

        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(WeightSamples.TableBytes)), Assert.Single(file.Tensors).Sha256());
    }

    /// <summary>A matrix of NumPy that a real program saved.</summary>
    [SkippableFact]
    public void Open_RealNpy_HasTheItemTable()
    {
        string path = SharedData.Require("embeddings-text-binary/two_tower_item_embeddings.npy");
        (long[] shape, float[] expected) = NpyFile.ReadFloats(path);
        using WeightFile file = WeightFile.Open(path);
        StoredTensor tensor = Assert.Single(file.Tensors);
        float[] values = new float[tensor.Elements];

        tensor.ReadRows(0, values);

        Assert.Equal(shape, tensor.Shape);
        Assert.Equal(expected, values);
    }

    /// <summary>Rows that are not there.</summary>
    [Fact]
    public void ReadRows_OutsideOfTheTensor_Throws()
    {
        using WeightFile file = WeightSamples.Open(WeightSamples.TorchZip(static pickle => pickle.Tensor("0", 24, 0, [6, 4], [4, 1])));

        Assert.Throws<ArgumentOutOfRangeException>(() => file.Tensors[0].ReadRows(5, new float[8]));
        Assert.Throws<ArgumentOutOfRangeException>(() => file.Tensors[0].ReadRows(-1, new float[4]));
        Assert.Throws<ArgumentException>(() => file.Tensors[0].ReadRows(0, new float[5]));
    }

    /// <summary>A file larger than any memory here: a sparse file of 64 GiB, of which the last rows are read.</summary>
    [Fact]
    public void ReadRows_OfATableLargerThanMemory_ReadsOnlyTheRows()
    {
        const long Rows = 1L << 30;
        using TemporaryFolder folder = new();
        byte[] head = WeightSamples.Npy($"{{'descr': '<f4', 'fortran_order': False, 'shape': ({Rows}, 16), }}", []);
        string path = folder.Write("large.npy", head);
        using (FileStream stream = new(path, FileMode.Open))
        {
            stream.SetLength(head.Length + (Rows * 64));
            stream.Seek(-64, SeekOrigin.End);
            stream.Write(WeightSamples.TableBytes.AsSpan(0, 64));
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        using WeightFile file = WeightFile.Open(path);
        float[] values = new float[32];
        file.Tensors[0].ReadRows(Rows - 2, values);

        Assert.Equal([.. new float[16], .. WeightSamples.Table.Take(16)], values);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }
}
