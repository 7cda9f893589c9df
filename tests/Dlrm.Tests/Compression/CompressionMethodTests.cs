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

    /// <summary>What a method predicts for its points is near what the stored numbers lose: budgets are spent by it.</summary>
    [Theory]
    [MemberData(nameof(All))]
    public void Points_OfOneMethod_PredictTheMeasuredError(CompressionMethod method, StorageType type)
    {
        CompressionOptions options = new() { Bytes = 1, Methods = [method], Storage = [type], CompressAbove = 0, FitSteps = 200 };
        SourceTable table = _tables.Source.Tables[0];
        TableCompressor compressor = TableCompressor.Prepare(_device, table, options, 100_000, null, CancellationToken.None);
        StorageOptions storage = new() { Rows = type, Cores = type };

        CompressionPoint[] points = [.. compressor.Points(storage, 100_000)];

        Assert.NotEmpty(points);
        foreach (CompressionPoint point in points.Where((_, p) => p % (1 + (points.Length / 8)) == 0))
        {
            double measured = TableError.Of(_device, table, compressor, point, storage, CancellationToken.None).Relative;
            double predicted = Math.Sqrt(point.SquaredError / compressor.Squares);
            if (predicted > 1)
            {
                // Worse than zeros: never chosen where anything else fits, and no first-order prediction holds there (int4 of CP components that cancel).
                continue;
            }

            Assert.True(
                measured < (1.25 * predicted) + 0.01 && predicted < (1.35 * measured) + 0.01,
                $"{point.Method} [{string.Join(", ", point.Ranks)}] of {point.StoredRows} stored rows in {point.Bytes} bytes: predicted {predicted}, measured {measured}.");
        }
    }

    /// <summary>Singular values fall, and their squares sum to that of the table.</summary>
    [Theory]
    [InlineData(CompressionMethod.TtSvd, 2)]
    [InlineData(CompressionMethod.Projection, 1)]
    [InlineData(CompressionMethod.Tucker, 4)]
    [InlineData(CompressionMethod.OrderedTtSvd, 2)]
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

    /// <summary>A table whose memory is not allowed is refused by the methods that hold it, with the way out; automatic leaves them out.</summary>
    [Theory]
    [InlineData(CompressionMethod.Tucker)]
    [InlineData(CompressionMethod.Cp)]
    [InlineData(CompressionMethod.OrderedTtSvd)]
    [InlineData(CompressionMethod.Bayes)]
    public void Run_TooLittleMemoryToHoldATable_NamesTheMethodsThatDoNot(CompressionMethod method)
    {
        CompressionOptions options = new() { Bytes = _tables.Model.StoredBytes, Methods = [method], MemoryBytes = 100_000 };

        OptionsException exception = Assert.Throws<OptionsException>(() => ModelCompressor.Run(_device, _tables.Source, options).Dispose());

        Assert.Contains("'large' of 2744 × 8 needs", exception.Message, StringComparison.Ordinal);
        Assert.Contains("take ttSvd or projection", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(method, Dlrm.Compression.Methods.TableMethods.Automatic(2744, 8, options));
    }

    /// <summary>Shuffled rows have lost their structure; an order of rows finds it again, and wins for the same bytes although it is counted.</summary>
    [Fact]
    public void Run_ShuffledRows_AreOrderedWhereThatPays()
    {
        Random random = new(5);
        float[] smooth = _tables.Numbers[0];
        int[] shuffled = [.. Enumerable.Range(0, (int)SampleTables.Rows[0]).OrderBy(_ => random.Next())];
        float[] rows = [.. shuffled.SelectMany(row => smooth.AsSpan(row * SampleTables.Columns, SampleTables.Columns).ToArray())];
        SourceModel source = _tables.Source with { Tables = [_tables.Source.Tables[0] with { Rows = new ArrayRows(rows, SampleTables.Columns) }, .. _tables.Source.Tables.Skip(1)] };
        CompressionOptions options = new() { Bytes = 8500, Storage = [StorageType.Int8], TowerStorage = StorageType.Int8 };

        using CompressedModel free = ModelCompressor.Run(_device, source, options);
        using CompressedModel stored = ModelCompressor.Run(_device, source, options with { Methods = [CompressionMethod.Rows, CompressionMethod.Projection, CompressionMethod.TtSvd, CompressionMethod.Tucker] });

        Assert.StartsWith("ordered-", free.Tables[0].Method, StringComparison.Ordinal);
        Assert.True(free.Bytes <= options.Bytes, $"{free.Bytes} bytes.");
        Assert.True(free.Tables[0].RelativeError < 0.9 * stored.Tables[0].RelativeError, $"{free.Tables[0].RelativeError} with an order, {stored.Tables[0].RelativeError} without.");
        Assert.True(free.Tables[0].Bytes > RowOrderParameter.Words(SampleTables.Rows[0]) * 8, "The order is not counted.");
    }

    private CompressedModel Compress(CompressionMethod method, StorageType type) => ModelCompressor.Run(
        _device, _tables.Source, new CompressionOptions { Bytes = _tables.Model.StoredBytes, Methods = [method], Storage = [type], TowerStorage = StorageType.Float32, CompressAbove = 0, FitSteps = 200 });

    private float[] Look(IEmbeddingBag bag, long[] ids)
    {
        using DeviceBuffer<float> buffer = _device.Allocate<float>(ids.Length * SampleTables.Columns);
        bag.Forward(JaggedIndices.OneHot(ids), new Matrix(buffer, ids.Length, SampleTables.Columns));
        return buffer.ToArray();
    }

    private static float[] NumbersOf(byte[] npy) => MemoryMarshal.Cast<byte, float>(npy.AsSpan(10 + npy[8] + (256 * npy[9]))).ToArray();
}
