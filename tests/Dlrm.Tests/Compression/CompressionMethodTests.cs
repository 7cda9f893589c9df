using System.Runtime.InteropServices;
using Dlrm.Checkpoints;
using Dlrm.Compression;
using Dlrm.Embeddings;
using Dlrm.Numerics;
using Dlrm.Numerics.Cpu;

namespace Dlrm.Tests.Compression;

/// <summary>What every method of compression must do.</summary>
public sealed class CompressionMethodTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly CpuDevice _device = new(1);
    private readonly SampleTables _tables;

    public CompressionMethodTests() => _tables = new SampleTables(_device, PoolingType.Mean);

    /// <summary>Gets every method with every storage type.</summary>
    public static TheoryData<CompressionMethod, StorageType> All
    {
        get
        {
            TheoryData<CompressionMethod, StorageType> all = [];
            foreach (CompressionMethod method in Enum.GetValues<CompressionMethod>())
            {
                foreach (StorageType type in Enum.GetValues<StorageType>())
                {
                    all.Add(method, type);
                }
            }

            return all;
        }
    }

    public void Dispose()
    {
        _tables.Dispose();
        _device.Dispose();
        _folder.Dispose();
    }

    /// <summary>Saved and loaded, single lookups in any order are the rows of the table that expand writes, to 1e-6 of its size.</summary>
    [Theory]
    [MemberData(nameof(All))]
    public void Run_OneMethod_LookupsOfTheLoadedModelAreRowsOfTheRebuiltTable(CompressionMethod method, StorageType type)
    {
        using CompressedModel compressed = Compress(method, type);
        CompactModel.Save(_folder.File("model"), compressed.Model, "abc");
        using DlrmModel loaded = CompactModel.Load(_folder.File("model"), _device);
        Dictionary<string, MemoryStream> rebuilt = [];

        DenseExport.WriteNpy(name => rebuilt[name] = new MemoryStream(), compressed.Model);

        float[] rows = NumbersOf(rebuilt["emb_l.0.weight.npy"].ToArray());
        double size = Math.Sqrt(rows.Sum(value => (double)value * value) / SampleTables.Rows[0]);
        long[] ids = [2743, 0, 1371, 13, 14, 2743, 195, 196];
        float[] looked = Look(loaded.Bags[0], ids);
        for (int i = 0; i < looked.Length; i++)
        {
            Assert.Equal(rows[(ids[i / SampleTables.Columns] * SampleTables.Columns) + (i % SampleTables.Columns)], looked[i], 1e-6 * size);
        }
    }

    /// <summary>The report names the method, its bytes are those of the file, and tables pool as they did.</summary>
    [Theory]
    [MemberData(nameof(All))]
    public void Run_OneMethod_ReportsWhatIsStored(CompressionMethod method, StorageType type)
    {
        using CompressedModel compressed = Compress(method, type);

        CompactDescription description = CompactModel.Save(_folder.File("model"), compressed.Model, "abc");
        CompressedTable table = compressed.Tables[0];
        Assert.Equal(method.ToString(), table.Method.Replace("-", string.Empty, StringComparison.Ordinal), ignoreCase: true);
        Assert.Equal(description.Tables[0].StoredBytes, table.Bytes);
        Assert.Equal(description.StoredBytes, compressed.Bytes);
        Assert.Equal(_tables.ErrorOf(compressed.Model, 0), table.RelativeError, 1e-9);
        Assert.All(description.Tables, one => Assert.Equal(PoolingType.Mean, one.Pooling));
    }

    /// <summary>Singular values fall, and their squares sum to that of the table.</summary>
    [Theory]
    [InlineData(CompressionMethod.TtSvd, 2)]
    [InlineData(CompressionMethod.Projection, 1)]
    public void Run_MethodWithBonds_ReportsTheirSingularValues(CompressionMethod method, int bonds)
    {
        using CompressedModel compressed = Compress(method, StorageType.Float32);

        double squares = _tables.Numbers[0].Sum(value => (double)value * value);
        Assert.Equal(bonds, compressed.Tables[0].Spectra.Count);
        Assert.All(compressed.Tables[0].Spectra, spectrum =>
        {
            Assert.Equal(spectrum.OrderDescending(), spectrum);
            Assert.InRange(spectrum.Sum(value => value * value), 0.99 * squares, 1.000001 * squares);
        });
    }

    private CompressedModel Compress(CompressionMethod method, StorageType type) => ModelCompressor.Run(
        _device, _tables.Source, new CompressionOptions { Bytes = _tables.Model.StoredBytes, Methods = [method], Storage = [type], TowerStorage = StorageType.Float32, CompressAbove = 0 });

    private float[] Look(IEmbeddingBag bag, long[] ids)
    {
        using DeviceBuffer<float> buffer = _device.Allocate<float>(ids.Length * SampleTables.Columns);
        bag.Forward(JaggedIndices.OneHot(ids), new Matrix(buffer, ids.Length, SampleTables.Columns));
        return buffer.ToArray();
    }

    private static float[] NumbersOf(byte[] npy) => MemoryMarshal.Cast<byte, float>(npy.AsSpan(10 + npy[8] + (256 * npy[9]))).ToArray();
}
