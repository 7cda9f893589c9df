using System.Text.Json.Nodes;
using Dlrm.Checkpoints;
using Dlrm.Embeddings;
using Dlrm.Numerics;
using Dlrm.Numerics.Cpu;
using Dlrm.Onnx;
using Dlrm.Tools.Tests.Support;

namespace Dlrm.Tools.Tests.Onnx;

/// <summary>Exported models predict in another run-time what they predict here.</summary>
public sealed class OnnxExportTests : IDisposable
{
    private const int Dim = 12;
    private const int Samples = 300;

    private static readonly Dictionary<string, TableOptions> Kinds = new()
    {
        ["dense"] = new TableOptions { Kind = TableKind.Dense },
        ["hash"] = new TableOptions { Kind = TableKind.Hash, StoredRows = 13 },
        ["frequentRows"] = new TableOptions { Kind = TableKind.FrequentRows, StoredRows = 13 },
        ["quotientRemainder"] = new TableOptions { Kind = TableKind.QuotientRemainder, StoredRows = 13 },
        ["zero"] = new TableOptions { Kind = TableKind.Zero },
        ["pruned"] = new TableOptions { Kind = TableKind.LowRank },
        ["ttm"] = new TableOptions { Kind = TableKind.LowRank, StartRank = 6 },
        ["ttmTwo"] = new TableOptions { Kind = TableKind.LowRank, Order = 2, StartRank = 6 },
        ["ttmFive"] = new TableOptions { Kind = TableKind.LowRank, Order = 5, StartRank = 4 },
        ["projection"] = new TableOptions { Kind = TableKind.LowRank, Layout = ModeLayout.Projection, StartRank = 5 },
        ["exact"] = new TableOptions { Kind = TableKind.LowRank, StartRank = 5, ExactRows = 20 },
        ["kept"] = new TableOptions { Kind = TableKind.LowRank, StartRank = 5, KeptRows = 60, ExactRows = 4 },
        ["tt"] = new TableOptions { Kind = TableKind.LowRank, Format = TensorFormat.Tt, StartRank = 5 },
        ["ttSplit"] = new TableOptions { Kind = TableKind.LowRank, Format = TensorFormat.Tt, ColumnModes = [3, 4], StartRank = 5 },
        ["cp"] = new TableOptions { Kind = TableKind.LowRank, Format = TensorFormat.Cp, ColumnModes = [3, 2, 2], StartRank = 7 },
        ["tucker"] = new TableOptions { Kind = TableKind.LowRank, Format = TensorFormat.Tucker, ColumnModes = [3, 4], StartRank = 3 },
        ["ring"] = new TableOptions { Kind = TableKind.LowRank, Format = TensorFormat.Ring, ColumnModes = [3, 4], StartRank = 3 },
    };

    private readonly TemporaryFolder _folder = new();
    private readonly CpuDevice _device = new(1);
    private readonly Random _random = new(20210405);

    /// <summary>Gets the kinds of tables.</summary>
    public static TheoryData<string> Names => [.. Kinds.Keys];

    /// <inheritdoc/>
    public void Dispose()
    {
        _device.Dispose();
        _folder.Dispose();
    }

    /// <summary>A model whose tables are all of one kind.</summary>
    /// <param name="kind">The kind.</param>
    /// <returns>The task.</returns>
    [Theory]
    [MemberData(nameof(Names))]
    public async Task Export_TableKind_PredictsTheSame(string kind)
    {
        using DlrmModel model = Load(new StorageOptions(), 3, ("A", 150, Kinds[kind]), ("B", 101, Kinds[kind]), ("C", 64, Kinds[kind]));
        Batch batch = OneHot(model);

        string path = Write(model, new OnnxExportOptions());

        (string[] inputs, float[] probabilities) = await OnnxRuntime.RunAsync(path, Inputs(batch));
        Assert.Equal(["dense", "ids"], inputs);
        AssertClose(model.Predict(batch), probabilities);
    }

    /// <summary>Numbers in few bytes stay in few bytes, and are the same numbers.</summary>
    /// <param name="storage">How everything is stored.</param>
    /// <returns>The task.</returns>
    [Theory, InlineData(StorageType.Float16), InlineData(StorageType.Int8), InlineData(StorageType.Int4)]
    public async Task Export_SmallStorage_PredictsTheSameInFewBytes(StorageType storage)
    {
        using DlrmModel model = Load(new StorageOptions { Mlps = storage, Rows = storage, Cores = storage }, 3, ("A", 5000, Kinds["dense"]), ("B", 150, Kinds["ttm"]), ("C", 150, Kinds["tucker"]), ("D", 90, Kinds["hash"]));
        Batch batch = OneHot(model);

        string path = Write(model, new OnnxExportOptions());

        (_, float[] probabilities) = await OnnxRuntime.RunAsync(path, Inputs(batch));
        AssertClose(model.Predict(batch), probabilities);
        int bytesEach = storage == StorageType.Float16 ? 2 : 1;
        Assert.InRange(new FileInfo(path).Length, 5000 * Dim * bytesEach, (5000 * (Dim + 4) * bytesEach) + 30_000);
    }

    /// <summary>Bags of any length with both poolings, with and without weights, beside features with one id.</summary>
    /// <returns>The task.</returns>
    [Fact]
    public async Task Export_Bags_PoolTheSame()
    {
        using DlrmModel model = Load(
            new StorageOptions(), 2, ("one", 40, Kinds["dense"]), ("sum", 150, Kinds["ttm"]), ("mean", 150, Kinds["tt"] with { Pooling = PoolingType.Mean }), ("weighted", 90, Kinds["exact"]),
            ("weightedMean", 90, Kinds["hash"] with { Pooling = PoolingType.Mean }));
        Batch batch = OneHot(model);
        for (int t = 1; t < 5; t++)
        {
            batch.Sparse[t] = Bags(model.Inputs.Cardinalities[t], isWeighted: t > 2);
        }

        string path = Write(model, new OnnxExportOptions { BagFeatures = ["sum", "mean", "weighted", "weightedMean"], WeightedFeatures = ["weighted", "weightedMean"] });

        JsonObject inputs = Inputs(batch, single: 1);
        for (int t = 1; t < 5; t++)
        {
            JaggedIndices bags = batch.Sparse[t];
            inputs[$"{model.Inputs.Names[t]}.indices"] = OnnxRuntime.Tensor(bags.Indices.ToArray(), bags.Count);
            inputs[$"{model.Inputs.Names[t]}.offsets"] = OnnxRuntime.Tensor(bags.Offsets.ToArray().Select(offset => (long)offset), Samples + 1);
            if (bags.IsWeighted)
            {
                inputs[$"{model.Inputs.Names[t]}.weights"] = OnnxRuntime.Tensor(bags.Weights.ToArray(), bags.Count);
            }
        }

        (_, float[] probabilities) = await OnnxRuntime.RunAsync(path, inputs);
        AssertClose(model.Predict(batch), probabilities);
    }

    /// <summary>No dense features, one table, low-rank towers: what has no node is left out.</summary>
    /// <returns>The task.</returns>
    [Fact]
    public async Task Export_OneTableAlone_PredictsTheSame()
    {
        using DlrmModel model = Load(new StorageOptions(), 0, ("A", 150, Kinds["ttm"]));
        Batch batch = OneHot(model);

        string path = Write(model, new OnnxExportOptions());

        (string[] inputs, float[] probabilities) = await OnnxRuntime.RunAsync(path, Inputs(batch));
        Assert.Equal(["ids"], inputs);
        AssertClose(model.Predict(batch), probabilities);
    }

    /// <summary>Numbers beyond what a file may hold go to a second one.</summary>
    /// <returns>The task.</returns>
    [Fact]
    public async Task Export_MoreThanOneFileHolds_UsesASecondOne()
    {
        using DlrmModel model = Load(new StorageOptions(), 3, ("A", 5000, Kinds["dense"]), ("B", 700, Kinds["ttm"]));
        Batch batch = OneHot(model);

        string path = Write(model, new OnnxExportOptions { MostInlineBytes = 1000 });

        Assert.InRange(new FileInfo(path).Length, 1000, 20_000);
        Assert.InRange(new FileInfo(path + ".data").Length, 5000 * Dim * sizeof(float), (5000 * Dim * sizeof(float)) + 60_000);
        (_, float[] probabilities) = await OnnxRuntime.RunAsync(path, Inputs(batch));
        AssertClose(model.Predict(batch), probabilities);
    }

    /// <summary>An id that is no row is an error, not a row.</summary>
    /// <returns>The task.</returns>
    [Fact]
    public async Task Export_IdFarOutside_IsRefusedByTheRuntime()
    {
        using DlrmModel model = Load(new StorageOptions(), 3, ("A", 150, Kinds["ttm"]));
        Batch batch = OneHot(model);
        batch.Sparse[0].Indices[7] = 10_000;

        (int code, _, string error) = await OnnxRuntime.StartAsync(Write(model, new OnnxExportOptions()), Inputs(batch));

        Assert.NotEqual(0, code);
        Assert.Contains("Gather", error, StringComparison.Ordinal);
    }

    /// <summary>A feature that is not there is named.</summary>
    [Fact]
    public void Export_UnknownFeature_IsNamed()
    {
        using DlrmModel model = Load(new StorageOptions(), 3, ("A", 150, Kinds["ttm"]));

        Assert.Contains("There is no feature 'Z'; there are A.", Assert.Throws<ArgumentException>(() => Write(model, new OnnxExportOptions { BagFeatures = ["Z"] })).Message, StringComparison.Ordinal);
    }

    private static JsonObject Inputs(Batch batch, int? single = null)
    {
        int tables = single ?? batch.Sparse.Length;
        JsonObject inputs = new()
        {
            ["ids"] = OnnxRuntime.Tensor(Enumerable.Range(0, Samples * tables).Select(i => batch.Sparse[i % tables].Indices[i / tables]), Samples, tables),
        };
        if (batch.DenseFeatures > 0)
        {
            inputs["dense"] = OnnxRuntime.Tensor(batch.Dense.ToArray(), Samples, batch.DenseFeatures);
        }

        return inputs;
    }

    private static void AssertClose(float[] expected, float[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        int worst = Enumerable.Range(0, expected.Length).MaxBy(i => Math.Abs(expected[i] - actual[i]));
        Assert.True(Math.Abs(expected[worst] - actual[worst]) <= 1e-5, $"Sample {worst}: {expected[worst]} here, {actual[worst]} there.");
        Assert.True(expected.Max() - expected.Min() > 0.01, "All samples have the same probability: nothing was tested.");
    }

    private DlrmModel Load(StorageOptions storage, int denseFeatures, params (string Name, long Rows, TableOptions Options)[] tables)
    {
        MlpOptions tower = new() { Sizes = [16, Dim], Format = TensorFormat.Tt, CompressAbove = 150, StartRank = 3 };
        using (DlrmModel model = new(
            _device,
            new DlrmOptions
            {
                Model = new ModelOptions
                {
                    EmbeddingDim = Dim,
                    BottomMlp = tower,
                    TopMlp = [9, 5],
                    Storage = storage,
                    TableOverrides = tables.ToDictionary(table => table.Name, table => table.Options with { CompressAbove = 0, InitialEntryDeviation = 0.5 }),
                },
                Training = new TrainingOptions { Seed = 11 },
            },
            new ModelInputs(denseFeatures, [.. tables.Select(table => table.Name)], [.. tables.Select(table => table.Rows)])))
        {
            foreach (IEmbeddingBag bag in model.Bags.Where((_, t) => ReferenceEquals(tables[t].Options, Kinds["pruned"])))
            {
                bag.Tensor!.BecomeZero();
            }

            CompactModel.Save(_folder["model"], model, string.Empty);
        }

        return DlrmModel.Load(_folder["model"], _device);
    }

    private string Write(DlrmModel model, OnnxExportOptions options)
    {
        string path = _folder["model.onnx"];
        using FileStream stream = File.Create(path);
        OnnxExport.Write(stream, model, options, "model.onnx.data", () => File.Create(path + ".data"));
        return path;
    }

    private Batch OneHot(DlrmModel model)
    {
        Batch batch = new(model.Inputs.DenseFeatures, model.Inputs.Names.Count);
        batch.Resize(Samples);
        foreach (ref float value in batch.Dense)
        {
            value = _random.NextSingle() * 3;
        }

        for (int t = 0; t < batch.Sparse.Length; t++)
        {
            long rows = model.Inputs.Cardinalities[t];
            batch.Sparse[t] = JaggedIndices.OneHot([0, rows - 1, .. Enumerable.Range(2, Samples - 2).Select(_ => _random.NextInt64(rows))]);
        }

        return batch;
    }

    private JaggedIndices Bags(long rows, bool isWeighted)
    {
        int[] lengths = [.. Enumerable.Range(0, Samples).Select(b => b < Samples - 3 ? _random.Next(5) : 0)];
        int[] offsets = [0, .. lengths.Select((_, b) => lengths.Take(b + 1).Sum())];
        long[] indices = [.. Enumerable.Range(0, offsets[^1]).Select(_ => _random.NextInt64(rows))];
        return JaggedIndices.From(indices, offsets, isWeighted ? [.. indices.Select(_ => _random.NextSingle() - 0.3f)] : []);
    }
}
