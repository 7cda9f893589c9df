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
        ("kept", 50, new TableOptions { Kind = TableKind.LowRank, CompressAbove = 10, KeptRows = 30, ExactRows = 4 }),
        ("keptQuotient", 50, new TableOptions { Kind = TableKind.QuotientRemainder, CompressAbove = 10, StoredRows = 7, KeptRows = 31 }),
        ("zero", 50, new TableOptions { Kind = TableKind.Zero, CompressAbove = 10 }),
        ("pruned", 40, new TableOptions { Kind = TableKind.LowRank, CompressAbove = 10 }),
    ];

    private readonly TemporaryFolder _folder = new();
    private readonly CpuDevice _device = new(1);
    private readonly DlrmModel _model;

    public CompactModelTests()
    {
        _model = MakeModel(new StorageOptions());
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

    /// <summary>A model is as large as its file's numbers, and once rounded it is what is loaded.</summary>
    /// <param name="mlps">The storage of the MLPs.</param>
    /// <param name="rows">The storage of rows.</param>
    /// <param name="cores">The storage of cores.</param>
    [Theory]
    [InlineData(StorageType.Float16, StorageType.Float16, StorageType.Float16)]
    [InlineData(StorageType.Int8, StorageType.Int8, StorageType.Int8)]
    [InlineData(StorageType.Int4, StorageType.Int4, StorageType.Int4)]
    [InlineData(StorageType.Float32, StorageType.Int4, StorageType.Int8)]
    public void Load_AnyStorage_PredictsTheBitsOfTheRoundedModel(StorageType mlps, StorageType rows, StorageType cores)
    {
        using DlrmModel model = MakeModel(new StorageOptions { Mlps = mlps, Rows = rows, Cores = cores });
        CompactDescription description = CompactModel.Save(Folder, model, "abc", keepPosterior: true);
        string folder = Folder + "2";
        float[] before = Predict(model);

        using DlrmModel loaded = CompactModel.Load(Folder, _device, withPosterior: true);
        StorageRounding.Round(model);
        CompactModel.Save(folder, model, "abc", keepPosterior: true);

        Assert.Equal(Predict(model), Predict(loaded));
        Assert.NotEqual(before, Predict(loaded));
        Assert.Equal(PredictDrawn(model), PredictDrawn(loaded));
        Assert.Equal(model.StoredBytes, loaded.StoredBytes);
        Assert.Equal(File.ReadAllBytes(Path.Combine(Folder, "model.safetensors")), File.ReadAllBytes(Path.Combine(folder, "model.safetensors")));
        using SafetensorsReader file = new(Path.Combine(Folder, "model.safetensors"));
        Assert.Equal(description.StoredBytes, file.Entries.Where(entry => entry.Type != "I64").Sum(entry => entry.End - entry.Begin));
        Assert.InRange(model.StoredBytes, 1, _model.StoredBytes - 1);
    }

    [Fact]
    public void Save_NumberTooLargeForFloat16_SaysWhich()
    {
        using DlrmModel model = MakeModel(new StorageOptions { Rows = StorageType.Float16 });
        ((TableParameter)model.Bags[0].Parameters[0]).Value.CopyFrom([1, 70_000]);

        CheckpointException exception = Assert.Throws<CheckpointException>(() => CompactModel.Save(Folder, model, "abc"));

        Assert.Contains("Number 1 of 'tables.dense' is too large for float16", exception.Message, StringComparison.Ordinal);
    }

    /// <summary>Files whose scales or packed numbers do not fit the tensors.</summary>
    /// <param name="rows">The storage of rows.</param>
    /// <param name="change">The tensor that another one's bytes replace.</param>
    /// <param name="reason">What the message must say.</param>
    [Theory]
    [InlineData(StorageType.Int8, "tables.dense.scale", "There are 5 scales, and the tensor has 4 groups")]
    [InlineData(StorageType.Int4, "tables.dense.scale", "There are 5 scales, and the tensor has 4 groups")]
    [InlineData(StorageType.Int4, "tables.dense", "It has 23 bytes, by its shape (11, 4) 22")]
    [InlineData(StorageType.Int4, "tables.dense.shape", "The shape (-3, 4) is no tensor's")]
    public void Load_StoredTensorThatDoesNotFit_IsRefused(StorageType rows, string change, string reason)
    {
        using DlrmModel model = MakeModel(new StorageOptions { Rows = rows });
        CompactModel.Save(Folder, model, "abc");
        string path = Path.Combine(Folder, "model.safetensors");
        using (FileStream stream = File.Create(path))
        {
            SafetensorsWriter.Save(stream, writer => CompactModel.WriteMeans(new ChangingWriter(writer, change), model));
        }

        CompactDescription description = CompactModel.Describe(Folder);
        using SafetensorsReader file = new(path);
        CodedReader reader = new(file);
        using DeviceBuffer<float> buffer = _device.Allocate<float>(44);

        CheckpointException exception = Assert.Throws<CheckpointException>(() => reader.Read("tables.dense", buffer));

        Assert.Contains(reason, exception.Message, StringComparison.Ordinal);
        Assert.Equal(rows, description.Storage!.Rows);
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
    [InlineData("tables.1.ranks", "[2000000000,2000000000]", "more numbers than")]
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

    private DlrmModel MakeModel(StorageOptions storage)
    {
        DlrmModel model = new(
            _device,
            new DlrmOptions
            {
                Model = new ModelOptions { EmbeddingDim = 4, BottomMlp = [6, 4], TopMlp = [5], Storage = storage, TableOverrides = Kinds.ToDictionary(kind => kind.Name, kind => kind.Options) },
                Training = new TrainingOptions { Seed = 7 },
            },
            new ModelInputs(3, [.. Kinds.Select(kind => kind.Name)], [.. Kinds.Select(kind => kind.Rows)]));
        model.Tensors[^1].BecomeZero();
        return model;
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

    /// <summary>Writes one tensor wrongly: an element more, or a negative shape.</summary>
    private sealed class ChangingWriter(ITensorFileWriter inner, string change) : ITensorFileWriter
    {
        public void Write(string name, ReadOnlySpan<long> shape, DeviceBuffer<float> values) => inner.Write(name, shape, values);

        public void Write(string name, ReadOnlySpan<double> values) => inner.Write(name, values);

        public void Write(string name, ReadOnlySpan<long> values) => inner.Write(name, name == change ? [-3, values[1]] : values);

        public void WriteBytes(string name, string type, ReadOnlySpan<long> shape, ReadOnlySpan<byte> bytes)
        {
            bool isChanged = name == change;
            inner.WriteBytes(name, type, isChanged ? [shape[0] + 1] : shape, isChanged ? [.. bytes, .. bytes[..(bytes.Length / (int)shape[0])]] : bytes);
        }
    }
}
