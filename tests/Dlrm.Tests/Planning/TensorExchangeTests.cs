using Dlrm.Embeddings;
using Dlrm.Planning;
using Dlrm.Tests.Support;

namespace Dlrm.Tests.Planning;

/// <summary>The bytes that a plan predicts are those that training counts.</summary>
public sealed class TensorExchangeTests
{
    private const int LocalBatch = 16;

    /// <summary>Low-rank tables and towers: the volume does not depend on the data.</summary>
    [Theory]
    [InlineData(2, InferenceKind.Svi, TensorFormat.Ttm, 0)]
    [InlineData(3, InferenceKind.Svi, TensorFormat.Ttm, 0)]
    [InlineData(3, InferenceKind.Svi, TensorFormat.Ttm, 1)]
    [InlineData(2, InferenceKind.Map, TensorFormat.Cp, 0)]
    [InlineData(3, InferenceKind.FixedRanks, TensorFormat.Tucker, 0)]
    [InlineData(2, InferenceKind.Svi, TensorFormat.Tt, 0)]
    public void Of_ACompressedModel_IsWhatTrainingCounts(int workers, InferenceKind inference, TensorFormat format, int draws)
    {
        DlrmOptions options = Options(inference, draws, new TableOptions { Kind = TableKind.LowRank, CompressAbove = 1, StartRank = 4, Format = format });
        MlpOptions tower = new() { Sizes = [8], Format = TensorFormat.Ttm, CompressAbove = 20, StartRank = 2 };
        options = options with { Model = options.Model with { TopMlp = tower } };

        double[] counted = Count(options, workers);

        double expected = Predict(options, [0, 0, 0], workers);
        Assert.True(expected > 0);
        Assert.All(counted, bytes => Assert.Equal(expected, bytes));
    }

    /// <summary>A table of 7 rows goes whole, those of 40 and 90 by touched rows, or by all-to-all.</summary>
    [Theory]
    [InlineData(2, 1 << 16, false)]
    [InlineData(3, 1 << 16, false)]
    [InlineData(2, 30, true)]
    [InlineData(3, 30, true)]
    public void Of_DenseTables_IsWhatTrainingCounts(int workers, int mostReplicated, bool isSpread)
    {
        DlrmOptions options = Options(InferenceKind.FixedRanks, 0, new TableOptions { Kind = TableKind.Dense }) with { Distributed = new DistributedOptions { MostReplicatedRows = mostReplicated } };

        double[] counted = Count(options, workers);

        // Six neighbouring ids: two or three workers own the same number of them each.
        double[] distinct = [7, RegularSource.Distinct, RegularSource.Distinct];
        IReadOnlyList<TensorExchange> expected = TensorExchange.Of(options, ModelPlanner.Plan(options, Models.Inputs), distinct, workers);
        Assert.Equal(isSpread ? 2 : 0, expected.Count(tensor => tensor.IsSpread));
        Assert.Equal(isSpread ? 0 : 2, expected.Count(tensor => tensor.GatheredBytes > 0));
        Assert.All(counted, bytes => Assert.Equal(expected.Sum(tensor => tensor.Bytes), bytes, 1e-6));
    }

    [Fact]
    public void Of_OneWorker_SendsNothing() =>
        Assert.Equal(0, Predict(Models.Svi, [7, 40, 90], workers: 1));

    [Fact]
    public void Of_TooFewNumbersOfRows_Throws()
    {
        ArgumentException exception = Assert.Throws<ArgumentException>(() => Predict(Models.Svi, [7, 40], workers: 2));

        Assert.Contains("2 numbers of distinct rows for 3 tables", exception.Message, StringComparison.Ordinal);
    }

    private static DlrmOptions Options(InferenceKind inference, int draws, TableOptions tables) => Models.Svi with
    {
        Model = Models.Svi.Model with { Tables = tables },
        Training = Models.Svi.Training with { DrawsPerStep = draws, Epochs = 1 },
        RankPrior = Models.Svi.RankPrior with { Inference = inference, PruneEvery = 0 },
        Distributed = new DistributedOptions { BucketBytes = 1024 },
    };

    private static double Predict(DlrmOptions options, double[] distinct, int workers) =>
        TensorExchange.Of(options, ModelPlanner.Plan(options, Models.Inputs), distinct, workers).Sum(tensor => tensor.Bytes);

    private static double[] Count(DlrmOptions options, int workers)
    {
        options = options with { Training = options.Training with { BatchSize = LocalBatch * workers } };
        return Job.Run(workers, options, (trainer, _, _) => trainer.Run().ExchangeBytesPerStep, _ => new RegularSource(LocalBatch, batches: 5));
    }
}
