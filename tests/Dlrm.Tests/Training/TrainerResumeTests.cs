using Dlrm.Distributed;
using Dlrm.Embeddings;
using Dlrm.Numerics;
using Dlrm.Numerics.Cpu;
using Dlrm.Tests.Support;
using Dlrm.Training;

namespace Dlrm.Tests.Training;

/// <summary>A run that was saved, loaded elsewhere and continued has the bits of one that was not.</summary>
public sealed class TrainerResumeTests
{
    private const int Rows = 640;

    /// <summary>Gets options whose state is different in kind.</summary>
    public static TheoryData<string> Cases => new() { "svi", "svi, two draws", "map", "fixed ranks", "dense, sgd", "early stopping" };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Load_AfterThirtySteps_GoesOnBitForBit(string name)
    {
        DlrmOptions options = Options(name);
        using CpuDevice device = new(2);
        using MemoryState whole = new(device);
        using MemoryState half = new(device);
        using MemoryState resumed = new(device);
        List<long> prunedAt = [];
        using (DlrmModel model = new(device, options, Models.Inputs))
        using (Trainer trainer = Make(model))
        {
            trainer.Run(new Recorder(report => prunedAt.AddRange(report.Pruned.Select(_ => report.Step))));
            trainer.Save(whole);
            Assert.Equal(60, trainer.PlannedSteps);
        }

        using (DlrmModel model = new(device, options, Models.Inputs))
        using (Trainer trainer = Make(model))
        using (CancellationTokenSource stop = new())
        {
            TrainingResult result = trainer.Run(checkpoint: _ => stop.Cancel(), cancellation: stop.Token);
            Assert.True(result.IsCancelled);
            Assert.Equal(30, trainer.Step);
            trainer.Save(half);
        }

        using (DlrmModel model = new(device, options with { Training = options.Training with { CheckpointEvery = 0 } }, Models.Inputs))
        using (Trainer trainer = Make(model))
        {
            trainer.Load(half);
            trainer.Run();
            trainer.Save(resumed);
        }

        Assert.Equal(Snapshot.Of(whole), Snapshot.Of(resumed));
        if (name.StartsWith("svi", StringComparison.Ordinal))
        {
            Assert.Contains(40, prunedAt);
        }
    }

    private static Trainer Make(DlrmModel model) =>
        new(model, new ClickSource(Rows, 32, seed: 1), new ClickSource(200, 64, seed: 2), new LocalCommunicator(), TimeProvider.System);

    private static DlrmOptions Options(string name)
    {
        // β is full from step 36 and learning slow, so the first gauge move after the resume prunes: what the last one before it remembered counts.
        OptimizerOptions slow = new() { LearningRate = 0.005 };
        DlrmOptions svi = Models.Svi with
        {
            Training = Models.Svi.Training with { CheckpointEvery = 30, ReportEvery = 10, MlpOptimizer = slow, TableOptimizer = slow },
            RankPrior = Models.Svi.RankPrior with { GaugeEvery = 10, KlWarmupEnd = 0.6 },
        };
        return name switch
        {
            "svi" => svi,
            "svi, two draws" => svi with { Training = svi.Training with { DrawsPerStep = 2 } },
            "map" => svi with { RankPrior = svi.RankPrior with { Inference = InferenceKind.Map } },
            "fixed ranks" => svi with { RankPrior = svi.RankPrior with { Inference = InferenceKind.FixedRanks } },
            "dense, sgd" => svi with
            {
                Model = svi.Model with { Tables = new TableOptions { Kind = TableKind.Dense } },
                Training = svi.Training with
                {
                    MlpOptimizer = new OptimizerOptions { Kind = OptimizerKind.Sgd, LearningRate = 0.1 },
                    TableOptimizer = new OptimizerOptions { Kind = OptimizerKind.RowwiseAdagrad, LearningRate = 0.1 },
                    GradientClipNorm = 0.2,
                    WarmupSteps = 10,
                    Decay = LearningRateDecay.Linear,
                },
            },
            "early stopping" => svi with { Training = svi.Training with { Patience = 100, EvaluateEvery = 7 } },
            _ => throw new ArgumentOutOfRangeException(nameof(name), name, null),
        };
    }

    private sealed class Recorder(Action<TrainingReport> record) : IProgress<TrainingReport>
    {
        public void Report(TrainingReport value) => record(value);
    }
}
