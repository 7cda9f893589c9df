using Dlrm.Checkpoints;
using Dlrm.Data;
using Dlrm.Embeddings;
using Dlrm.Tests.Support;
using Dlrm.Training;

namespace Dlrm.Tests.Sharding;

/// <summary>Training runs whose dense tables are spread over workers.</summary>
public sealed class SpreadTrainingTests
{
    /// <summary>Every table is spread; the last batch of an epoch has 3 samples, so one of 4 workers has none; validation data are uneven too.</summary>
    [Theory]
    [InlineData(2, OptimizerKind.Sgd)]
    [InlineData(4, OptimizerKind.Sgd)]
    [InlineData(3, OptimizerKind.RowwiseAdagrad)]
    public void Run_TablesSpread_GivesTheParametersAndMetricsOfOneWorker(int workers, OptimizerKind optimizer)
    {
        DlrmOptions options = ModelJob.Options(new OptimizerOptions { Kind = optimizer, LearningRate = 0.1 });
        options = options with
        {
            Training = options.Training with { BatchSize = 24, GradientClipNorm = 0.05, EvaluateEvery = 10, Patience = 3, StoppingMetric = StoppingMetric.LogLoss },
            Distributed = options.Distributed with { BucketBytes = 1024, ConsistencyEvery = 7 },
        };
        (float[][] Values, double LogLoss, int Saves) one = Run(1, options);
        (float[][] Values, double LogLoss, int Saves) several = Run(workers, options);

        Assert.Equal(one.Saves, several.Saves);
        Assert.Equal(one.LogLoss, several.LogLoss, 1e-6);
        foreach ((float[] expected, float[] actual) in one.Values.Zip(several.Values))
        {
            double norm = Math.Sqrt(expected.Sum(value => (double)value * value));
            Assert.True(Math.Sqrt(expected.Zip(actual, (a, b) => ((double)a - b) * (a - b)).Sum()) <= 1e-5 * norm);
        }
    }

    /// <summary>A table that prunes beside one that is spread: the evidence needs lookups of both.</summary>
    [Fact]
    public void Run_SpreadBesideLowRank_PrunesAsOneWorker()
    {
        DlrmOptions options = Models.Svi with
        {
            Model = Models.Svi.Model with { TableOverrides = new Dictionary<string, TableOptions> { ["C"] = new() { Kind = TableKind.Dense } } },
            Training = Models.Svi.Training with { DrawsPerStep = 2 },
            Distributed = new DistributedOptions { MostReplicatedRows = 50 },
        };
        int[][] pruned = [.. new[] { 1, 2, 4 }.Select(workers => Job.Run(workers, options, (trainer, _, _) => trainer.Run().Pruned.Count))];

        Assert.True(pruned[0][0] > 0);
        Assert.All(pruned[1].Concat(pruned[2]), count => Assert.Equal(pruned[0][0], count));
    }

    private static (float[][] Values, double LogLoss, int Saves) Run(int workers, DlrmOptions options)
    {
        options = options with { Training = options.Training with { CheckpointEvery = 11 } };
        return Job.Run(
            workers,
            options,
            (trainer, model, _) =>
            {
                int saves = 0;
                TrainingResult result = trainer.Run(checkpoint: _ => model.Shards!.Lead(() =>
                {
                    SafetensorsWriter.Save(Stream.Null, trainer.Save);
                    saves++;
                }));
                TableWriter writer = new();
                model.Shards!.Lead(() => model.Save(writer, StateParts.Values));
                double loss = trainer.LastValidation!.LogLoss;
                return (writer.Tensors.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => pair.Value).ToArray(), loss, saves);
            },
            rank => Job.Parts(rank, workers, options.Training.BatchSize),
            validation: rank => new PartSource(new ClickSource(101, 12 * workers, seed: 5), rank, workers, 12 * workers))[0];
    }
}
