using Dlrm.Checkpoints;
using Dlrm.Distributed;
using Dlrm.Embeddings;
using Dlrm.Numerics;
using Dlrm.Numerics.Cpu;
using Dlrm.Tests.Support;
using Dlrm.Training;

namespace Dlrm.Tests.Training;

/// <summary>Models whose bottom and top MLP are tensors: training, resuming, pruning and the compact model, in every format.</summary>
public sealed class TensorizedTowersTests : IDisposable
{
    private const int Rows = 640;
    private readonly CpuDevice _device = new(2);
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<TensorFormat> Formats => [.. LowRankFormats.All, TensorFormat.Auto];

    public void Dispose()
    {
        _device.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Run_EveryFormat_LosesRanksAndResumesBitForBit(TensorFormat format)
    {
        DlrmOptions options = Options(format);
        using MemoryState whole = new(_device);
        using MemoryState half = new(_device);
        using MemoryState resumed = new(_device);
        using DlrmModel model = new(_device, options, Models.Inputs);
        long before = model.StoredBytes;
        Assert.Equal(Tensorized(format), model.TensorizedLayers.Select(layer => layer.Name));
        using (Trainer trainer = Make(model))
        {
            trainer.Run();
            trainer.Save(whole);
        }

        using (DlrmModel first = new(_device, options, Models.Inputs))
        using (Trainer trainer = Make(first))
        using (CancellationTokenSource stop = new())
        {
            trainer.Run(checkpoint: _ => stop.Cancel(), cancellation: stop.Token);
            Assert.Equal(30, trainer.Step);
            trainer.Save(half);
        }

        using (DlrmModel second = new(_device, options with { Training = options.Training with { CheckpointEvery = 0 } }, Models.Inputs))
        using (Trainer trainer = Make(second))
        {
            trainer.Load(half);
            trainer.Run();
            trainer.Save(resumed);
        }

        Assert.Equal(Snapshot.Of(whole), Snapshot.Of(resumed));
        Assert.Contains(model.TensorizedLayers, layer => layer.Tensor.IsZero || layer.Tensor.Format.Ranks.Sum() < StartRanks(options, layer).Sum());
        Assert.True(model.StoredBytes < before);
        Assert.Equal(model.TensorizedLayers.Select(layer => layer.Tensor.Name), TableReport.Of(model).Skip(3).Select(report => report.Name));
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void CompactModel_AfterTraining_PredictsTheSameBits(TensorFormat format)
    {
        DlrmOptions options = Options(format) with { RankPrior = Models.Svi.RankPrior with { KlWeight = 1e-3 } };
        using DlrmModel model = new(_device, options, Models.Inputs);
        using Trainer trainer = Make(model);
        trainer.Run();
        foreach (TensorizedLinear layer in model.TensorizedLayers.SkipLast(1).Take(1))
        {
            layer.Tensor.BecomeZero();
        }

        using ClickSource source = new(50, 50, seed: 4);
        Assert.True(source.TryRead(out Batch batch));

        CompactDescription description = CompactModel.Save(_folder.File("model"), model, "abc", keepPosterior: true);

        foreach (bool withPosterior in (bool[])[false, true])
        {
            using DlrmModel loaded = CompactModel.Load(_folder.File("model"), _device, withPosterior);
            Assert.Equal(Predict(model, batch), Predict(loaded, batch));
            Assert.Equal(model.StoredBytes, loaded.StoredBytes);
        }

        Assert.Equal(Tensorized(format), description.Layers!.Select(layer => layer.Name));
        Assert.Equal(model.TensorizedLayers.Count > 1, description.Layers![0].Ranks.Count == 0);
        Assert.False(model.TensorizedLayers[^1].Tensor.IsZero);
        Assert.Equal(model.TensorizedLayers[^1].Tensor.Format.Ranks, CompactModel.Describe(_folder.File("model")).Layers![^1].Ranks);
    }

    [Fact]
    public void CompactModel_LayerThatDoesNotFit_IsRefused()
    {
        using DlrmModel model = new(_device, Options(TensorFormat.Tt), Models.Inputs);
        CompactModel.Save(_folder.File("model"), model, "abc");
        string path = Path.Combine(_folder.File("model"), "model.json");
        string text = File.ReadAllText(path);
        foreach ((string old, string changed) in ((string, string)[])[("\"top.0\"", "\"top.1\""), ("\"Tt\"", "\"Cp\""), ("\"rowModes\": [", "\"rowModes\": [\n2,")])
        {
            int at = text.LastIndexOf(old, StringComparison.Ordinal);
            Assert.True(at > 0);
            File.WriteAllText(path, text[..at] + changed + text[(at + old.Length)..]);

            Assert.Throws<CheckpointException>(() => CompactModel.Load(_folder.File("model"), _device));
        }
    }

    [Fact]
    public void Forward_EveryWeightPrunedWhole_GivesTheBiases()
    {
        using DlrmModel model = new(_device, Options(TensorFormat.Tt), Models.Inputs);
        foreach (TensorizedLinear layer in model.TensorizedLayers)
        {
            layer.Tensor.BecomeZero();
        }

        using ClickSource source = new(9, 9, seed: 4);
        Assert.True(source.TryRead(out Batch batch));

        Assert.Single(Predict(model, batch).Distinct());
    }

    private static IReadOnlyList<int> StartRanks(DlrmOptions options, TensorizedLinear layer) =>
        LinearFormats.Create(
            new LowRankOptions { Format = options.Model.TopMlp.Format!.Value, Order = 2, StartRank = options.Model.TopMlp.StartRank }, layer.Outputs, layer.Inputs).Ranks;

    private static float[] Predict(DlrmModel model, Batch batch)
    {
        float[] probabilities = new float[batch.Size];
        new Predictor(model, seed: 3).Predict(batch, probabilities);
        return probabilities;
    }

    private static Trainer Make(DlrmModel model) =>
        new(model, new ClickSource(Rows, 32, seed: 1), new ClickSource(200, 64, seed: 2), new LocalCommunicator(), TimeProvider.System);

    /// <summary>The layers that are tensors: the automatic choice leaves those dense that two matrices of rank 3 would not make smaller.</summary>
    private static string[] Tensorized(TensorFormat format) => format == TensorFormat.Auto ? ["top.0"] : ["bottom.0", "bottom.1", "top.0"];

    private static DlrmOptions Options(TensorFormat format)
    {
        MlpOptions towers = new() { Format = format, StartRank = 3, CompressAbove = 10 };
        return Models.Svi with
        {
            Model = Models.Svi.Model with { BottomMlp = towers with { Sizes = [6, 4] }, TopMlp = towers with { Sizes = [8] }, Tables = Models.Svi.Model.Tables with { Format = format } },
            Training = Models.Svi.Training with { CheckpointEvery = 30, DrawsPerStep = 2 },
            RankPrior = Models.Svi.RankPrior with { KlWeight = 0.05 },
        };
    }
}
