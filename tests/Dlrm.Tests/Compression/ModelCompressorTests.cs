using Dlrm.Checkpoints;
using Dlrm.Compression;
using Dlrm.Embeddings;
using Dlrm.Numerics;
using Dlrm.Numerics.Cpu;

namespace Dlrm.Tests.Compression;

/// <summary>Compression of a model that exists.</summary>
public sealed class ModelCompressorTests : IDisposable
{
    private static readonly string[] Names = ["large", "middle", "small"];
    // Cubes: balanced modes leave no padding, which would be rows of zeros to a decomposition.
    private static readonly long[] Rows = [2744, 729, 27];
    private readonly TemporaryFolder _folder = new();
    private readonly CpuDevice _device = new(1);
    private readonly DlrmModel _dense;

    public ModelCompressorTests()
    {
        _dense = new DlrmModel(
            _device,
            new DlrmOptions { Model = new ModelOptions { EmbeddingDim = 8, BottomMlp = [8], TopMlp = [6], Tables = new TableOptions { Kind = TableKind.Dense } } },
            new ModelInputs(4, Names, Rows));
    }

    public void Dispose()
    {
        _dense.Dispose();
        _device.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(2)]
    [InlineData(8)]
    [InlineData(40)]
    public void Run_ShareOfTheBytes_IsKeptInMemoryAndInTheFile(int share)
    {
        long bytes = _dense.StoredBytes / share;

        using CompressedModel compressed = Compress(new CompressionOptions { Bytes = bytes });

        Assert.True(compressed.Bytes <= bytes, $"{compressed.Bytes} bytes of {bytes}.");
        Assert.True(compressed.Bytes > bytes * 0.7, $"{compressed.Bytes} of {bytes} bytes: many are not used.");
        CompactModel.Save(_folder.File("model"), compressed.Model, "abc");
        using DlrmModel loaded = CompactModel.Load(_folder.File("model"), _device);
        for (int t = 0; t < Names.Length; t++)
        {
            Assert.Equal(AllOf(new BagRows(compressed.Model.Bags[t], _device)), AllOf(new BagRows(loaded.Bags[t], _device)));
        }
    }

    [Fact]
    public void Run_ErrorsOfTheReport_AreThoseOfTheRows()
    {
        using CompressedModel compressed = Compress(new CompressionOptions { Bytes = _dense.StoredBytes / 8 });

        for (int t = 0; t < Names.Length; t++)
        {
            float[] before = AllOf(new BagRows(_dense.Bags[t], _device));
            float[] after = AllOf(new BagRows(compressed.Model.Bags[t], _device));
            double error = Math.Sqrt(before.Zip(after, (a, b) => Math.Pow((double)a - b, 2)).Sum() / before.Sum(a => (double)a * a));
            Assert.Equal(error, compressed.Tables[t].RelativeError, 1e-6);
            Assert.True(compressed.Tables[t].WorstRowError >= error * 0.999, "The worst row is better than the mean.");
        }
    }

    /// <summary>Bytes for everything in float32: nothing is lost, and the towers are the same bits.</summary>
    [Fact]
    public void Run_AllBytes_LosesNothing()
    {
        using CompressedModel compressed = Compress(new CompressionOptions { Bytes = _dense.StoredBytes, TowerStorage = StorageType.Float32 });

        Assert.All(compressed.Tables, table => Assert.InRange(table.RelativeError, 0, 1e-7));
        Assert.Equal(_dense.StoredBytes, compressed.Bytes);
    }

    /// <summary>A table that is a TT-matrix, and one of low rank: TT-SVD and projection find them.</summary>
    [Theory]
    [InlineData(CompressionMethod.TtSvd)]
    [InlineData(CompressionMethod.Projection)]
    public void Run_TableOfLowRank_IsFoundWithoutError(CompressionMethod method)
    {
        TableOptions shape = method == CompressionMethod.TtSvd
            ? new TableOptions { Kind = TableKind.LowRank, CompressAbove = 0, Order = 3, StartRank = 4 }
            : new TableOptions { Kind = TableKind.LowRank, CompressAbove = 0, Layout = ModeLayout.Projection, StartRank = 3 };
        using DlrmModel planted = new(_device, new DlrmOptions { Model = _dense.Options.Model with { Tables = shape } }, _dense.Inputs);
        planted.UseMeans();
        SourceModel source = SourceModel.Of(_dense) with { Tables = [.. Names.Select((name, t) => new SourceTable(name, new BagRows(planted.Bags[t], _device)))] };
        long bytes = planted.StoredBytes;

        using CompressedModel compressed = ModelCompressor.Run(
            _device, source, new CompressionOptions { Bytes = bytes, Methods = [method], Storage = [StorageType.Float32], TowerStorage = StorageType.Float32, CompressAbove = 0 });

        Assert.All(compressed.Tables, table => Assert.InRange(table.RelativeError, 0, 1e-5));
        Assert.All(compressed.Tables, table => Assert.NotEmpty(table.Ranks));
        Assert.True(compressed.Bytes <= bytes, $"{compressed.Bytes} of {bytes}.");
    }

    [Fact]
    public void Run_TooFewBytes_SaysWhatTheTowersTake()
    {
        OptionsException exception = Assert.Throws<OptionsException>(() => Compress(new CompressionOptions { Bytes = 200 }).Dispose());

        Assert.Contains("the towers take", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_ModelThatIsCompressed_NamesItsTables()
    {
        using CompressedModel compressed = Compress(new CompressionOptions { Bytes = _dense.StoredBytes / 8 });

        OptionsException exception = Assert.Throws<OptionsException>(() => SourceModel.Of(compressed.Model));

        Assert.Contains("tables.large", exception.Message, StringComparison.Ordinal);
    }

    private static float[] AllOf(BagRows rows)
    {
        float[] values = new float[rows.Rows * rows.Columns];
        rows.Read(0, (int)rows.Rows, values);
        return values;
    }

    private CompressedModel Compress(CompressionOptions options) => ModelCompressor.Run(_device, SourceModel.Of(_dense), options);
}
