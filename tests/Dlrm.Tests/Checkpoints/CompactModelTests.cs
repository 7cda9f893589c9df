using System.Text.Json.Nodes;
using Dlrm.Checkpoints;
using Dlrm.Embeddings;
using Dlrm.Numerics;
using Dlrm.Numerics.Cpu;

namespace Dlrm.Tests.Checkpoints;

public sealed class CompactModelTests : IDisposable
{
    private const int Samples = 9;

    private static readonly (string Name, long Rows, TableOptions Options)[] Kinds =
    [
        ("dense", 11, new TableOptions { Kind = TableKind.Dense }),
        ("ttm", 60, new TableOptions { Kind = TableKind.LowRank, CompressAbove = 10, StartRank = 5, Pooling = PoolingType.Mean }),
        ("exact", 70, new TableOptions { Kind = TableKind.Auto, CompressAbove = 10, Order = 2, StartRanks = [3], ExactRows = 7 }),
        ("small", 8, new TableOptions { Kind = TableKind.Auto, CompressAbove = 10 }),
        ("hash", 50, new TableOptions { Kind = TableKind.Hash, CompressAbove = 10, StoredRows = 13 }),
        ("quotient", 50, new TableOptions { Kind = TableKind.QuotientRemainder, CompressAbove = 10, StoredRows = 7 }),
        ("frequent", 50, new TableOptions { Kind = TableKind.FrequentRows, CompressAbove = 10, StoredRows = 5 }),
        ("zero", 50, new TableOptions { Kind = TableKind.Zero, CompressAbove = 10 }),
        ("pruned", 40, new TableOptions { Kind = TableKind.LowRank, CompressAbove = 10 }),
    ];

    private readonly TemporaryFolder _folder = new();
    private readonly CpuDevice _device = new(1);
    private readonly DlrmModel _model;

    public CompactModelTests()
    {
        _model = new DlrmModel(
            _device,
            new DlrmOptions
            {
                Model = new ModelOptions { EmbeddingDim = 4, BottomMlp = [6, 4], TopMlp = [5], TableOverrides = Kinds.ToDictionary(kind => kind.Name, kind => kind.Options) },
                Training = new TrainingOptions { Seed = 7 },
            },
            new ModelInputs(3, [.. Kinds.Select(kind => kind.Name)], [.. Kinds.Select(kind => kind.Rows)]));
        _model.Tensors[^1].BecomeZero();
    }

    private string Folder => _folder.File("model");

    public void Dispose()
    {
        _model.Dispose();
        _device.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Load_EveryTableKind_PredictsTheSameBits()
    {
        CompactDescription description = CompactModel.Save(Folder, _model, "abc");

        using DlrmModel loaded = CompactModel.Load(Folder, _device);

        Assert.Equal(Predict(_model), Predict(loaded));
        Assert.Equal(_model.StoredBytes, loaded.StoredBytes);
        Assert.Equal(_model.StoredBytes, description.StoredBytes);
        Assert.Equal(["model.json", "model.safetensors"], Directory.GetFiles(Folder).Select(path => Path.GetFileName(path)).Order());
    }

    [Fact]
    public void Load_WithPosterior_DrawsTheSameBits()
    {
        CompactModel.Save(Folder, _model, "abc", keepPosterior: true);

        using DlrmModel loaded = CompactModel.Load(Folder, _device, withPosterior: true);

        Assert.Equal(PredictDrawn(_model), PredictDrawn(loaded));
        Assert.NotEqual(Predict(_model), PredictDrawn(_model));
    }

    [Fact]
    public void Load_PosteriorThatWasNotKept_SaysWhatToDo()
    {
        CompactModel.Save(Folder, _model, "abc");

        CheckpointException exception = Assert.Throws<CheckpointException>(() => CompactModel.Load(Folder, _device, withPosterior: true));

        Assert.EndsWith("posterior.safetensors: model.json does not list it. Save the model with its posterior, or predict without standard deviations.", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Save_Twice_ReplacesTheFolder()
    {
        CompactModel.Save(Folder, _model, "abc", keepPosterior: true);

        CompactModel.Save(Folder, _model, "def");

        Assert.Equal("def", CompactModel.Describe(Folder).DatasetFingerprint);
        Assert.Equal([Folder], Directory.GetDirectories(_folder.Path));
        Assert.False(File.Exists(Path.Combine(Folder, "posterior.safetensors")));
    }

    [Fact]
    public void Describe_SavedModel_HasArchitectureAndTables()
    {
        CompactModel.Save(Folder, _model, "abc");

        CompactDescription description = CompactModel.Describe(Folder);

        Assert.Equal("lower triangle row by row", description.Interaction);
        Assert.Equal((4, 3, "abc"), (description.EmbeddingDim, description.DenseFeatures, description.DatasetFingerprint));
        Assert.Equal(Kinds.Select(kind => kind.Name), description.Tables.Select(table => table.Feature));
        Assert.Equal(TableKind.Dense, description.Tables[3].Kind);
        Assert.Equal(7, description.Tables[2].ExactRows);
        Assert.Equal([3], description.Tables[2].Ranks!);
        Assert.Empty(description.Tables[^1].Ranks!);
        Assert.Equal(_model.StoredBytes, description.Files[0].Tensors.Count == 0 ? 0 : description.StoredBytes);
    }

    [Fact]
    public void Save_NotFiniteParameter_IsRefusedAndNamed()
    {
        ((TableParameter)_model.Bags[0].Parameters[0]).Value.CopyFrom([float.NaN]);

        CheckpointException exception = Assert.Throws<CheckpointException>(() => CompactModel.Save(Folder, _model, "abc"));

        Assert.Equal("tables.dense", exception.Tensor);
        Assert.False(Directory.Exists(Folder));
    }

    [Fact]
    public void Load_DamagedTensor_IsNamed()
    {
        CompactModel.Save(Folder, _model, "abc");
        string path = Path.Combine(Folder, "model.safetensors");
        byte[] bytes = File.ReadAllBytes(path);
        bytes[^9] ^= 4;
        File.WriteAllBytes(path, bytes);

        CheckpointException exception = Assert.Throws<CheckpointException>(() => CompactModel.Load(Folder, _device));

        Assert.Equal(path, exception.Path);
        Assert.NotNull(exception.Tensor);
    }

    /// <summary>Descriptions that are wrong: a path to the field, its new value, and what the message must say.</summary>
    [Theory]
    [InlineData("formatVersion", "2", "format version 2; this library reads version 1")]
    [InlineData("formatVersion", "\"x\"", "not the JSON")]
    [InlineData("interaction", "\"upper triangle\"", "The interaction is 'upper triangle'")]
    [InlineData("unknown", "1", "not the JSON")]
    [InlineData("embeddingDim", "8", "The description")]
    [InlineData("embeddingDim", "null", "not the JSON")]
    [InlineData("topMlp", "[2000000000]", "more numbers than")]
    [InlineData("denseFeatures", "-1", "The description")]
    [InlineData("tables.0.rows", "9000000000000000000", "more numbers than")]
    [InlineData("tables.0.rows", "-5", "no table")]
    [InlineData("tables.0.rows", "12", "The description")]
    [InlineData("tables.0.kind", "\"cube\"", "not the JSON")]
    [InlineData("tables.1.ranks", "[2000000000,2000000000]", "ranks are not those")]
    [InlineData("tables.1.ranks", "[1,1]", "ranks are not those")]
    [InlineData("tables.1.ranks", "[1,-5,-5,1]", "no table")]
    [InlineData("tables.1.rowModes", "null", "no table")]
    [InlineData("tables.1.rowModes", "[1,1,1]", "The description")]
    [InlineData("tables.4.storedRows", "2147483648", "more numbers than")]
    [InlineData("files.0.bytes", "5", "damaged")]
    public void Load_WrongDescription_IsRefused(string field, string value, string reason)
    {
        CompactModel.Save(Folder, _model, "abc");
        string path = Path.Combine(Folder, "model.json");
        JsonNode root = JsonNode.Parse(File.ReadAllText(path))!;
        JsonNode node = root;
        string[] keys = field.Split('.');
        foreach (string key in keys[..^1])
        {
            node = int.TryParse(key, out int position) ? node[position]! : node[key]!;
        }

        node[keys[^1]] = JsonNode.Parse(value);
        File.WriteAllText(path, root.ToJsonString());

        CheckpointException exception = Assert.Throws<CheckpointException>(() => CompactModel.Load(Folder, _device));

        Assert.StartsWith(Folder, exception.Path, StringComparison.Ordinal);
        Assert.Contains(reason, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_NoFolder_SaysSo()
    {
        CheckpointException exception = Assert.Throws<CheckpointException>(() => CompactModel.Load(Folder, _device));

        Assert.StartsWith(Path.Combine(Folder, "model.json") + ": The description can't be read: ", exception.Message, StringComparison.Ordinal);
    }

    private static float[] Predict(DlrmModel model)
    {
        float[] probabilities = new float[Samples];
        new Predictor(model, seed: 3).Predict(MakeBatch(), probabilities);
        return probabilities;
    }

    private static float[] PredictDrawn(DlrmModel model)
    {
        float[] probabilities = new float[Samples];
        float[] deviations = new float[Samples];
        new Predictor(model, seed: 3).Predict(MakeBatch(), 3, probabilities, deviations);
        Assert.Contains(deviations, deviation => deviation > 0);
        return [.. probabilities, .. deviations];
    }

    private static Batch MakeBatch()
    {
        Random random = new(20210405);
        Batch batch = new(3, Kinds.Length);
        batch.Resize(Samples);
        foreach (ref float value in batch.Dense)
        {
            value = random.NextSingle();
        }

        for (int t = 0; t < Kinds.Length; t++)
        {
            JaggedIndices bags = batch.Sparse[t];
            bags.Resize(Samples, Samples * 2, isWeighted: false);
            for (int b = 0; b <= Samples; b++)
            {
                bags.Offsets[b] = b * 2;
            }

            foreach (ref long id in bags.Indices)
            {
                id = random.NextInt64(Kinds[t].Rows);
            }
        }

        return batch;
    }
}
