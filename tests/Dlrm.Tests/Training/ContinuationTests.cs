using Dlrm.Compression;
using Dlrm.Distributed;
using Dlrm.Embeddings;
using Dlrm.Numerics.Cpu;
using Dlrm.Tests.Support;
using Dlrm.Training;

namespace Dlrm.Tests.Training;

/// <summary>Tests of <see cref="Continuation"/>.</summary>
public sealed class ContinuationTests : IDisposable
{
    private readonly CpuDevice _device = new(1);
    private readonly DlrmModel _dense;

    /// <summary>Initializes a new instance of the <see cref="ContinuationTests"/> class with a dense model.</summary>
    public ContinuationTests()
    {
        _dense = new DlrmModel(_device, Models.Svi with { Model = Models.Svi.Model with { Tables = new TableOptions { Kind = TableKind.Dense } } }, Models.Inputs);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _dense.Dispose();
        _device.Dispose();
    }

    /// <summary>A copy predicts what the model predicts, and training lowers its loss.</summary>
    /// <param name="inference">How it is trained.</param>
    [Theory, InlineData(InferenceKind.FixedRanks), InlineData(InferenceKind.Map), InlineData(InferenceKind.Svi)]
    public void Of_CompressedModel_IsTheSameAndLearns(InferenceKind inference)
    {
        using CompressedModel compressed = ModelCompressor.Run(
            _device, SourceModel.Of(_dense), new CompressionOptions { Bytes = ModelCompressor.DenseBytes(SourceModel.Of(_dense)), Methods = [CompressionMethod.TtSvd], Storage = [StorageType.Float32], CompressAbove = 10, MaxRank = 3 });
        ClickSource source = new(512, 32, 9);
        ClickSource validation = new(512, 32, 9);
        using LocalCommunicator communicator = new();

        using DlrmModel copy = Continuation.Of(compressed.Model, Models.Svi.Training, Models.Svi.RankPrior with { Inference = inference, KlWeight = 0.001, PruneEvery = 0 });

        Assert.NotEmpty(copy.Tensors);
        Assert.Equal(compressed.Model.StoredBytes, copy.StoredBytes);
        double before = Evaluator.Evaluate(compressed.Model, validation, communicator).LogLoss;
        Assert.Equal(before, Evaluator.Evaluate(copy, validation, communicator).LogLoss);
        using Trainer trainer = new(copy, source, null, communicator, TimeProvider.System);
        trainer.Run();
        double after = Evaluator.Evaluate(copy, validation, communicator).LogLoss;
        Assert.True(after < before - 0.005, $"{before} before, {after} after; {string.Join(", ", copy.Bags.Select(bag => bag.Description))}");
        Assert.Equal(inference == InferenceKind.Svi, new Predictor(copy, 1).HasPosterior);
    }

    /// <summary>λ starts as the mean square of what it governs, σ as a share of the factor's size.</summary>
    [Fact]
    public void Of_WithAPrior_StartsFromTheFactors()
    {
        using DlrmModel model = new(_device, Models.Svi with { RankPrior = new RankPriorOptions { Inference = InferenceKind.FixedRanks } }, Models.Inputs);

        using DlrmModel copy = Continuation.Of(model, Models.Svi.Training, new RankPriorOptions { InitialDeviation = 0.02 });

        BayesianTensor tensor = copy.Tensors[0];
        FactorShape first = tensor.Format.Factors[0];
        float[] core = tensor.Means()[0].ToArray();
        int right = (int)first.Dimensions[3];
        double meanSquare = core.Where((_, i) => i % right == 0).Sum(value => (double)value * value) / (core.Length / right);
        Assert.Equal(meanSquare, tensor.RankParameters(0)[0], 1e-9);
        float deviation = Models.Read(copy, $"{tensor.Name}.core.0.log_deviation")[0];
        Assert.Equal(Math.Log(0.02 * Math.Sqrt(core.Average(value => (double)value * value))), deviation, 1e-5);
    }
}
