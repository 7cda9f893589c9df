using Dlrm.Embeddings;
using Dlrm.Numerics;

namespace Dlrm.Tests.Options;

public sealed class DlrmOptionsTests
{
    [Fact]
    public void Defaults_OfModelAndTraining_AreThoseOfTheDocumentation()
    {
        DlrmOptions options = new();
        options.Validate();
        Assert.Equal(16, options.Model.EmbeddingDim);
        Assert.Equal([64, 16], options.Model.BottomMlp.Sizes);
        Assert.Equal([64], options.Model.TopMlp.Sizes);
        Assert.Equal(new TableOptions().Kind, options.Model.Tables.Kind);
        Assert.Empty(options.Model.TableOverrides);
        TrainingOptions training = options.Training;
        Assert.Equal((1UL, 128, 1), (training.Seed, training.BatchSize, training.Epochs));
        Assert.Equal(new OptimizerOptions { Kind = OptimizerKind.Adagrad, LearningRate = 0.01 }, training.MlpOptimizer);
        Assert.Equal(new OptimizerOptions { Kind = OptimizerKind.Adagrad, LearningRate = 0.02 }, training.TableOptimizer);
        Assert.Equal(new OptimizerOptions { Kind = OptimizerKind.Adam, LearningRate = 0.005 }, training.FactorOptimizer);
        Assert.Equal((0, LearningRateDecay.None, 0.0, 0.0), (training.WarmupSteps, training.Decay, training.DecayStart, training.FinalLearningRateFactor));
        Assert.Equal((0.0, 0, 0, StoppingMetric.Auc), (training.GradientClipNorm, training.EvaluateEvery, training.Patience, training.StoppingMetric));
        Assert.Equal((0.0, 0, NonFinitePolicy.Fail), (training.FineTuneFraction, training.DrawsPerStep, training.NonFinite));
        Assert.Equal((100, 0, 0), (training.ReportEvery, training.CheckpointEvery, training.Threads));
    }

    [Fact]
    public void Validate_EveryFieldOfModelAndTrainingWrong_ListsEachOnce()
    {
        DlrmOptions options = new()
        {
            Model = new ModelOptions
            {
                EmbeddingDim = 0,
                BottomMlp = [0, 16],
                TopMlp = [-1],
                Tables = new TableOptions { StartRank = 0 },
                TableOverrides = new Dictionary<string, TableOptions> { ["C3"] = new() { Order = 1 } },
            },
            Training = new TrainingOptions
            {
                BatchSize = 0,
                Epochs = 0,
                WarmupSteps = -1,
                DecayStart = 1,
                FinalLearningRateFactor = 2,
                GradientClipNorm = double.NaN,
                EvaluateEvery = -1,
                Patience = -1,
                FineTuneFraction = 1,
                DrawsPerStep = -1,
                ReportEvery = 0,
                CheckpointEvery = -1,
                Threads = -1,
                MlpOptimizer = new OptimizerOptions { LearningRate = 0 },
                TableOptimizer = new OptimizerOptions { LearningRate = -1 },
                FactorOptimizer = new OptimizerOptions { LearningRate = double.NaN },
            },
            RankPrior = new RankPriorOptions { KlWeight = -1 },
        };
        OptionsException exception = Assert.Throws<OptionsException>(options.Validate);
        Assert.Equal(
            [
                "model.embeddingDim is 0; it must be in [1, 4096].",
                "model.bottomMlp is [0, 16]; its last layer must have embeddingDim = 0 outputs.",
                "model.bottomMlp is [0, 16]; every layer must be in [1, 65536].",
                "model.topMlp is [-1]; every layer must be in [1, 65536].",
                "model.tables.startRank is 0; it must be in [1, 1024].",
                "model.tableOverrides.C3.order is 1; it must be in [2, 12].",
                "training.batchSize is 0; it must be in [1, 16777216].",
                "training.epochs is 0; it must be at least 1.",
                "training.warmupSteps is -1; it must be 0 or above.",
                "training.decayStart is 1; it must be in [0, 1).",
                "training.finalLearningRateFactor is 2; it must be in [0, 1].",
                "training.gradientClipNorm is NaN; it must be 0 or above.",
                "training.evaluateEvery is -1; it must be 0 or above.",
                "training.patience is -1; it must be 0 or above.",
                "training.fineTuneFraction is 1; it must be in [0, 1).",
                "training.drawsPerStep is -1; it must be in [0, 1024].",
                "training.reportEvery is 0; it must be at least 1.",
                "training.checkpointEvery is -1; it must be 0 or above.",
                "training.threads is -1; it must be in [0, 1024].",
                "training.mlpOptimizer.learningRate is 0; it must be above 0.",
                "training.tableOptimizer.learningRate is -1; it must be above 0.",
                "training.factorOptimizer.learningRate is NaN; it must be above 0.",
                "rankPrior.klWeight is -1; it must be 0 or above, or null for automatic.",
            ],
            exception.Problems);
    }
}
