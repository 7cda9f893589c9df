using Dlrm.Data.Images;
using Dlrm.Embeddings;
using Dlrm.Numerics.Cpu;
using Dlrm.Tests.Support;
using Dlrm.Training;

namespace Dlrm.Tests.Training;

public sealed class ClassifierTrainerTests
{
    private static readonly ClassifierOptions Options = new()
    {
        Hidden = [16],
        BatchSize = 32,
        Epochs = 6,
        FitSamples = 100,
        Optimizer = new() { Kind = OptimizerKind.Adam, LearningRate = 0.02 },
    };

    private static readonly LabelledImages Images = SmallImages.Make(1000, 1);

    [Fact]
    public void Run_SeparableClasses_LearnsThemAndReportsEachEpoch()
    {
        using CpuDevice device = new(2);
        using ImageClassifier model = new(device, Options, SmallImages.Pixels, SmallImages.Classes);
        using ClassifierTrainer trainer = new(model, Images);
        LabelledImages unseen = SmallImages.Make(500, 2);
        ClassifierMetrics before = ClassifierEvaluator.Evaluate(model, unseen);
        List<ClassifierReport> reports = [];

        Assert.True(trainer.Run(new Collector(reports)));

        ClassifierMetrics after = ClassifierEvaluator.Evaluate(model, unseen);
        Assert.Equal(500, after.Samples);
        Assert.InRange(before.Accuracy, 0, 0.7);
        Assert.InRange(after.Accuracy, 0.97, 1);
        Assert.InRange(after.LogLoss, 0, 0.1);
        Assert.Equal([1, 2, 3, 4, 5, 6], reports.Select(report => report.Epoch));
        Assert.Equal(6 * 32, reports[^1].Step);
        Assert.Equal(100, trainer.FitSamples);
        Assert.True(reports[^1].TrainingLoss < reports[0].TrainingLoss / 4);

        // The steps of the first epoch start from nothing: at its end the fit is better than their mean.
        Assert.True(reports[0].FitLoss < reports[0].TrainingLoss);
        Assert.InRange(reports[^1].FitLoss, 0, 0.1);
    }

    [Fact]
    public void Run_OneOrThreeThreads_GivesTheSameBits()
    {
        Assert.Equal(Train(1, Options), Train(3, Options));
        Assert.NotEqual(Train(1, Options), Train(1, Options with { Seed = 2 }));
    }

    [Fact]
    public void Run_Decay_FallsToTheLastStep()
    {
        // At the end of the run the rate is 0: a run of one step alone is all decay, and changes nothing.
        ClassifierOptions oneStep = Options with { BatchSize = 1000, Epochs = 1, Decay = LearningRateDecay.Linear };
        using CpuDevice device = new(1);
        using ImageClassifier model = new(device, oneStep, SmallImages.Pixels, SmallImages.Classes);
        float[] before = ((DenseParameter)model.Parameters[0]).Value.ToArray();
        using (ClassifierTrainer trainer = new(model, Images))
        {
            trainer.Run();
            Assert.Equal(1, trainer.Step);
        }

        Assert.Equal(before, ((DenseParameter)model.Parameters[0]).Value.ToArray());
        Assert.NotEqual(Train(1, Options), Train(1, Options with { Decay = LearningRateDecay.Linear }));
    }

    [Fact]
    public void Run_FitSamples_DoNotChangeTheTraining() => Assert.Equal(Train(1, Options), Train(1, Options with { FitSamples = 5 }));

    [Fact]
    public void Run_Cancelled_StopsBetweenSteps()
    {
        using CpuDevice device = new(1);
        using ImageClassifier model = new(device, Options, SmallImages.Pixels, SmallImages.Classes);
        using ClassifierTrainer trainer = new(model, Images);
        using CancellationTokenSource stop = new();

        Assert.False(trainer.Run(new Canceller(stop), stop.Token));

        Assert.Equal(32, trainer.Step);
    }

    [Fact]
    public void Run_LossThatIsNoNumber_SaysTheStep()
    {
        using CpuDevice device = new(1);
        using ImageClassifier model = new(device, Options, SmallImages.Pixels, SmallImages.Classes);
        using ClassifierTrainer trainer = new(model, Images);
        ((DenseParameter)model.Parameters[0]).Value.CopyFrom([float.NaN]);

        Assert.Contains("at step 1", Assert.Throws<NotFiniteNumberException>(() => trainer.Run()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Evaluate_MoreImagesThanABatch_IsTheMeanOverAll()
    {
        using CpuDevice device = new(2);
        using ImageClassifier model = new(device, Options, SmallImages.Pixels, SmallImages.Classes);
        LabelledImages images = SmallImages.Make(2300, 4);
        ImageBatchSource whole = new(images, images.Count, seed: null);
        whole.TryRead();
        model.Forward(whole.Inputs, whole.Labels);
        (double loss, int correct) = (model.Loss(), model.CountCorrect());

        ClassifierMetrics metrics = ClassifierEvaluator.Evaluate(model, images);

        Assert.Equal(correct / 2300.0, metrics.Accuracy);
        Assert.Equal(loss / 2300, metrics.LogLoss, 1e-6);
    }

    private static float[] Train(int threads, ClassifierOptions options)
    {
        using CpuDevice device = new(threads);
        using ImageClassifier model = new(device, options with { Epochs = 2 }, SmallImages.Pixels, SmallImages.Classes);
        using ClassifierTrainer trainer = new(model, Images);
        trainer.Run();
        return [.. model.Parameters.Cast<DenseParameter>().SelectMany(parameter => parameter.Value.ToArray())];
    }

    private sealed class Collector(List<ClassifierReport> reports) : IProgress<ClassifierReport>
    {
        public void Report(ClassifierReport value) => reports.Add(value);
    }

    private sealed class Canceller(CancellationTokenSource stop) : IProgress<ClassifierReport>
    {
        public void Report(ClassifierReport value) => stop.Cancel();
    }
}
