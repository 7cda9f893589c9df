using Dlrm.Checkpoints;
using Dlrm.Data;
using Dlrm.Numerics;
using Dlrm.Numerics.Cpu;
using Dlrm.Tests.Support;

namespace Dlrm.Tests.Model;

/// <summary>A saved model in two calls: load, predict.</summary>
public sealed class LoadAndPredictTests : IDisposable
{
    private static readonly float[] Dense = [0.5f, -1, 2, 0.25f, 0, 0, 1, 3, -0.5f, 0.125f];
    private static readonly long[] Ids = [0, 39, 89, 6, 0, 3, 3, 17, 44, 1, 2, 0, 5, 20, 60];

    private readonly TemporaryFolder _folder = new();
    private readonly CpuDevice _device = new(1);
    private readonly DlrmModel _model;

    /// <summary>Initializes a new instance of the <see cref="LoadAndPredictTests"/> class with a model in a run folder.</summary>
    public LoadAndPredictTests()
    {
        _model = new DlrmModel(_device, Models.Svi, Models.Inputs);
        Directory.CreateDirectory(Run);
        CompactModel.Save(Folder, _model, Schema.ComputeFingerprint());
    }

    private static DatasetSchema Schema => new()
    {
        Dense = ["I1", "I2"],
        Sparse = [new("A", 7), new("B", 40), new("C", 90)],
        Transform = DenseTransform.Log1P,
        Ids = new IdEncoding { Kind = IdEncodingKind.Hash, Seed = 5 },
    };

    private string Run => _folder.File("run");

    private string Folder => Path.Combine(Run, "model");

    /// <inheritdoc/>
    public void Dispose()
    {
        _model.Dispose();
        _device.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Predict_Batch_GivesThePredictorsBits()
    {
        Batch batch = MakeBatch();
        float[] expected = new float[batch.Size];
        new Predictor(_model, 1).Predict(batch, expected);

        using DlrmModel own = DlrmModel.Load(Run);
        using DlrmModel shared = DlrmModel.Load(Folder, _device);

        Assert.Equal(expected, own.Predict(batch));
        Assert.Equal(expected, shared.Predict(batch));
        Assert.Equal(expected, own.Predict(Dense, Ids));
        Assert.Empty(own.Predict([], Array.Empty<long>()));
    }

    [Fact]
    public void Predict_MoreSamplesThanAPiece_GivesWhatSinglePiecesGive()
    {
        const int copies = 1700;
        using DlrmModel model = DlrmModel.Load(Run);
        float[] one = model.Predict(Dense, Ids);

        float[] all = model.Predict([.. Enumerable.Repeat(Dense, copies).SelectMany(values => values)], [.. Enumerable.Repeat(Ids, copies).SelectMany(values => values)]);

        Assert.Equal(Enumerable.Repeat(one, copies).SelectMany(values => values), all);
    }

    [Fact]
    public void Predict_FromManyThreads_GivesTheSameBits()
    {
        using DlrmModel model = DlrmModel.Load(Run);
        float[] expected = model.Predict(Dense, Ids);

        float[][] results = new float[64][];
        Parallel.For(0, results.Length, i => results[i] = model.Predict(Dense, Ids));

        Assert.All(results, result => Assert.Equal(expected, result));
    }

    [Fact]
    public void Predict_RawRows_GivesWhatTheirIdsGive()
    {
        Schema.Write(Folder);
        Dictionary<string, string?>[] rows = [new() { ["I1"] = "3", ["A"] = "x", ["B"] = "y" }, new() { ["I2"] = "-1", ["C"] = "z" }];
        Batch batch = new RowEncoder(Schema, null).Encode(rows);

        using DlrmModel model = DlrmModel.Load(Run);
        float[] probabilities = model.Predict(rows);

        Assert.Equal(model.Predict(batch), probabilities);
        Assert.NotEqual(probabilities[0], probabilities[1]);
        Assert.Equal(MathF.Log(4), batch.Dense[0], 1e-6f);
    }

    [Fact]
    public void Predict_RawRowsWithoutTheirMeaning_SaysTheWayOut()
    {
        using DlrmModel model = DlrmModel.Load(Run);

        Assert.Contains("predict from dense values and ids", Assert.Throws<DataFormatException>(() => model.Predict([new Dictionary<string, string?>()])).Message, StringComparison.Ordinal);
        (Schema with { Transform = DenseTransform.None }).Write(Folder);
        Assert.Contains("put the schema and vocabulary back", Assert.Throws<DataFormatException>(() => model.Predict([new Dictionary<string, string?>()])).Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => _model.Predict([new Dictionary<string, string?>()]));
    }

    [Fact]
    public void Predict_WrongLengths_NameBoth()
    {
        using DlrmModel model = DlrmModel.Load(Run);

        ArgumentException exception = Assert.Throws<ArgumentException>(() => model.Predict(new float[3], new long[6]));

        Assert.Equal("There are 3 dense values and 6 ids; a sample of this model has 2 and 3.", exception.Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => model.Predict([0, 0], [7, 0, 0]));
    }

    [Fact]
    public void Load_NoModel_SaysTheWayOut() =>
        Assert.Contains("Name a run folder", Assert.Throws<CheckpointException>(() => DlrmModel.Load(_folder.Path)).Message, StringComparison.Ordinal);

    private static Batch MakeBatch()
    {
        Batch batch = new(2, 3);
        batch.Resize(5);
        Dense.CopyTo(batch.Dense);
        for (int t = 0; t < 3; t++)
        {
            batch.Sparse[t] = JaggedIndices.OneHot([.. Enumerable.Range(0, 5).Select(b => Ids[(3 * b) + t])]);
        }

        return batch;
    }
}
