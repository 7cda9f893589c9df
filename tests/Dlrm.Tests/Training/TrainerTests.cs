using Dlrm.Data;
using Dlrm.Distributed;
using Dlrm.Embeddings;
using Dlrm.Numerics;
using Dlrm.Numerics.Cpu;
using Dlrm.Tests.Support;
using Dlrm.Training;

namespace Dlrm.Tests.Training;

public sealed class TrainerTests : IDisposable
{
    private readonly CpuDevice _device = new(2);

    public void Dispose() => _device.Dispose();

    [Theory]
    [InlineData(InferenceKind.Svi, TableKind.Auto, 0.5)]
    [InlineData(InferenceKind.Map, TableKind.Auto, 0.5)]
    [InlineData(InferenceKind.FixedRanks, TableKind.Auto, 0.5)]
    [InlineData(InferenceKind.FixedRanks, TableKind.Dense, 0.6)]
    public void Run_ClicksOfATeacherWithOneWeightForEachId_LearnsMostOfThem(InferenceKind inference, TableKind kind, double share)
    {
        // The teacher's weights have no low rank, and a dot interaction of dimension 4 has to learn sums; chance is 0.5.
        DlrmOptions options = With(training => training with { Epochs = 4 }, prior => prior with { Inference = inference, KlWeight = 0.02 });
        options = options with { Model = options.Model with { Tables = options.Model.Tables with { Kind = kind } } };
        using DlrmModel model = new(_device, options, Models.Inputs);
        using Trainer trainer = Make(model, rows: 3200);
        using ClickSource validation = Validation();
        double before = Evaluator.Evaluate(model, validation, new LocalCommunicator()).Auc;
        TrainingResult result = trainer.Run();
        Assert.InRange(before, 0.35, 0.65);
        Assert.True(
            result.Validation!.Auc - 0.5 > share * (validation.TeacherAuc - 0.5), $"AUC {result.Validation.Auc:F4}, the teacher's is {validation.TeacherAuc:F4}.");
        Assert.Equal(12800, result.Samples);
        Assert.Equal(400, result.Steps);
        Assert.True(trainer.IsFinished);
        Assert.False(result.IsCancelled || result.StoppedEarly);
    }

    [Fact]
    public void Run_PruningActive_MakesModelAndStateSmaller()
    {
        using DlrmModel model = new(_device, Models.Svi, Models.Inputs);
        using Trainer trainer = Make(model, rows: 640);
        (long stored, long working) = (model.StoredBytes, model.WorkingBytes);
        TrainingResult result = trainer.Run();
        Assert.NotEmpty(result.Pruned);
        Assert.True(model.StoredBytes < stored && model.WorkingBytes < working);
        PruningEvent last = result.Pruned[^1];
        BayesianTensor tensor = model.Tensors.Single(tensor => tensor.Name == last.Tensor);
        Assert.Equal(last.Ranks, tensor.IsZero ? [] : tensor.Format.Ranks);
        Assert.True(last.FitLost < last.CodeSaved);
    }

    [Fact]
    public void Run_NonFiniteFeature_FailsAndNamesTheSample()
    {
        using DlrmModel model = new(_device, Models.Svi, Models.Inputs);
        using ClickSource source = new(320, 32, seed: 1);
        source.Dense[(2 * 70) + 1] = float.NaN;
        using Trainer trainer = new(model, source, null, new LocalCommunicator(), TimeProvider.System);
        DataFormatException exception = Assert.Throws<DataFormatException>(() => trainer.Run());
        Assert.Equal(
            "Training: Sample 70 of the epoch has NaN as dense feature 1; it must be finite. Convert the data again, or set training.nonFinite to skip.", exception.Message);
        Assert.Equal(2, trainer.Step);
    }

    [Fact]
    public void Run_NonFiniteFeatureAndSkip_CountsTheBatchAndStaysFinite()
    {
        using DlrmModel model = new(_device, With(training => training with { NonFinite = NonFinitePolicy.Skip, Epochs = 1 }), Models.Inputs);
        using ClickSource source = new(320, 32, seed: 1);
        source.Dense[2 * 70] = float.PositiveInfinity;
        source.Dense[2 * 71] = float.MaxValue;
        source.Dense[2 * 200] = float.MaxValue;
        ((DenseParameter)model.Parameters[0]).Value.CopyFrom([2, 2]);
        ((DenseParameter)model.Parameters[2]).Value.CopyFrom([2, 2]);
        using Trainer trainer = new(model, source, null, new LocalCommunicator(), TimeProvider.System);
        TrainingResult result = trainer.Run();
        Assert.Equal(2, result.SkippedBatches);
        Assert.Equal(8, result.Steps);
        Assert.Equal(320, result.Samples);
        Assert.Null(model.FirstNonFiniteParameter());
    }

    [Fact]
    public void Save_NonFiniteParameter_RefusesAndNamesIt()
    {
        using DlrmModel model = new(_device, Models.Svi, Models.Inputs);
        using Trainer trainer = Make(model, rows: 64);
        ((DenseParameter)model.Parameters[0]).Value.CopyFrom([float.NaN]);
        using MemoryState state = new(_device);
        NotFiniteNumberException exception = Assert.Throws<NotFiniteNumberException>(() => trainer.Save(state));
        Assert.Contains("'bottom.0.weight'", exception.Message, StringComparison.Ordinal);
        Assert.False(state.Contains("trainer.counters"));
    }

    [Fact]
    public void Run_Cancelled_StopsAfterTheStepAndGoesOnLater()
    {
        using DlrmModel model = new(_device, Models.Svi, Models.Inputs);
        using CancellationTokenSource stop = new();
        using ClickSource source = new(640, 32, seed: 1) { Reading = row => { if (row == 96) { stop.Cancel(); } } };
        using Trainer trainer = new(model, source, null, new LocalCommunicator(), TimeProvider.System);
        Assert.True(trainer.Run(cancellation: stop.Token).IsCancelled);
        // Row 96 is in the fourth batch of 32.
        Assert.Equal(4, trainer.Step);
        source.Reading = null;
        Assert.False(trainer.Run().IsCancelled);
        Assert.Equal(60, trainer.Step);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Run_CancelledWhileEvaluating_EvaluatesWhenItGoesOn(int evaluation)
    {
        // Evaluations: after step 7, then at the epoch's end, step 10.
        DlrmOptions options = With(training => training with { Epochs = 1, EvaluateEvery = 7 });
        using DlrmModel model = new(_device, options, Models.Inputs);
        using CancellationTokenSource stop = new();
        int reads = 0;
        using ClickSource validation = new(1000, 100, seed: 2) { Reading = _ => { if (++reads == (10 * evaluation) - 4) { stop.Cancel(); } } };
        using Trainer trainer = new(model, new ClickSource(320, 32, seed: 1), validation, new LocalCommunicator(), TimeProvider.System);
        List<long> evaluated = [];
        Recorder recorder = new(report => { if (report.Validation is not null) { evaluated.Add(report.Step); } });
        Assert.True(trainer.Run(recorder, cancellation: stop.Token).IsCancelled);
        Assert.Equal(evaluation == 1 ? 7 : 10, trainer.Step);
        Assert.Equal(evaluation - 1, evaluated.Count);
        Assert.False(trainer.Run(recorder).IsCancelled);
        Assert.Equal([7, 10], evaluated);
    }

    [Fact]
    public void Run_EpochsOfASource_ReadsEveryRowOncePerEpoch()
    {
        DlrmOptions options = With(training => training, prior => prior with { Inference = InferenceKind.FixedRanks });
        using DlrmModel model = new(_device, options, Models.Inputs);
        List<int> read = [];
        using ClickSource source = new(100, 32, seed: 1) { Reading = read.Add };
        using Trainer trainer = new(model, source, null, new LocalCommunicator(), TimeProvider.System);
        TrainingResult result = trainer.Run();
        Assert.Equal([0, 32, 64, 96, 0, 32, 64, 96, 0, 32, 64, 96], read);
        Assert.Equal((300, 12, 12), (result.Samples, result.Steps, trainer.PlannedSteps));
    }

    [Fact]
    public void Run_ValidationStopsImproving_StopsAndRestoresTheBest()
    {
        DlrmOptions options = With(
            training => training with
            {
                Epochs = 200,
                Patience = 3,
                StoppingMetric = StoppingMetric.LogLoss,
                MlpOptimizer = new OptimizerOptions { LearningRate = 0.3 },
            },
            prior => prior with { KlWarmupEnd = 0, KlWeight = 0.01, PruneEvery = 0, GaugeEvery = 0 });
        using DlrmModel model = new(_device, options, Models.Inputs);
        using Trainer trainer = Make(model, rows: 320);
        List<TrainingReport> reports = [];
        TrainingResult result = trainer.Run(new Recorder(reports.Add));
        double[] losses = [.. reports.Where(report => report.Validation is not null).Select(report => report.Validation!.LogLoss)];
        Assert.True(result.StoppedEarly);
        Assert.Equal(losses.Length - 4, Array.IndexOf(losses, losses.Min()));
        Assert.Equal(losses.Min(), result.Validation!.LogLoss);
        Assert.Equal(losses.Min(), Evaluator.Evaluate(model, Validation(), new LocalCommunicator()).LogLoss);
    }

    [Fact]
    public void Run_FineTuneFraction_EndsWithBetaZeroAndFixedRanks()
    {
        DlrmOptions options = With(training => training with { FineTuneFraction = 0.5, ReportEvery = 1 });
        using DlrmModel model = new(_device, options, Models.Inputs);
        using Trainer trainer = Make(model, rows: 640);
        List<TrainingReport> reports = [];
        trainer.Run(new Recorder(reports.Add));
        Assert.Contains(reports, report => report.Step == 30 && report.KlWeight == 0.5);
        Assert.All(reports.Where(report => report.Step > 30), report => Assert.Equal((0.0, 0), (report.KlWeight, report.Pruned.Count)));
        Assert.Contains(reports, report => report.Pruned.Count > 0);
    }

    [Fact]
    public void Run_ReportAndCheckpointEvery_CallsBothOnTime()
    {
        DlrmOptions options = With(training => training with { ReportEvery = 15, CheckpointEvery = 25, EvaluateEvery = 50 });
        using DlrmModel model = new(_device, options, Models.Inputs);
        using Trainer trainer = Make(model, rows: 640);
        List<TrainingReport> reports = [];
        List<long> checkpoints = [];
        trainer.Run(new Recorder(reports.Add), saved => checkpoints.Add(saved.Step));
        Assert.Equal([25, 50], checkpoints);
        Assert.Equal([15, 20, 30, 40, 45, 50, 60, 60], reports.Select(report => report.Step));
        Assert.Equal([20, 40, 50, 60], reports.Where(report => report.Validation is not null).Select(report => report.Step));
        TrainingReport last = reports[^1];
        Assert.Equal((1920, 2, 60), (last.Samples, last.Epoch, last.PlannedSteps));
        Assert.Equal(TimeSpan.Zero, last.TimeLeft);
        Assert.Equal(model.StoredBytes, last.StoredBytes);
        Assert.Equal(["tables.A", "tables.B", "tables.C"], last.Tables.Select(table => table.Name));
        Assert.Null(last.Tables[0].Ranks);
        Assert.Equal(model.StoredBytesOf(2), last.Tables[2].StoredBytes);
        Assert.Equal(90 * 4 * 4, last.Tables[2].DenseBytes);
        Assert.Equal(model.Tensors.Sum(tensor => tensor.KlDivergence()), last.KlDivergence);
        Assert.True(last.SamplesPerSecond > 0 && last.GradientNorm > 0 && last.RankShare > 0);
        Assert.InRange(last.Auc, 0, 1);
    }

    [Fact]
    public void Run_GradientAboveTheLimit_MovesWeightsByLearningRateTimesLimit()
    {
        OptimizerOptions sgd = new() { Kind = OptimizerKind.Sgd, LearningRate = 0.5 };
        DlrmOptions options = With(training => training with
        {
            Epochs = 1,
            MlpOptimizer = sgd,
            TableOptimizer = sgd,
            GradientClipNorm = 0.01,
        });
        options = options with { Model = options.Model with { Tables = new TableOptions { Kind = TableKind.Dense } } };
        using DlrmModel model = new(_device, options, Models.Inputs);
        string[] names = [.. model.Parameters.Select(parameter => parameter.Name)];
        float[] before = [.. names.SelectMany(name => Models.Read(model, name))];
        using Trainer trainer = Make(model, rows: 32);
        trainer.Run();
        double moved = Math.Sqrt(names.SelectMany(name => Models.Read(model, name)).Zip(before, (now, old) => Math.Pow((double)now - old, 2)).Sum());

        // Each of 700 weights of size up to 1 is rounded to 2⁻²⁴ of itself.
        Assert.InRange(moved, 0.005 - (Math.Sqrt(700) / (1 << 24)), 0.005 + (Math.Sqrt(700) / (1 << 24)));
    }

    private static ClickSource Validation() => new(1000, 100, seed: 2);

    private static DlrmOptions With(Func<TrainingOptions, TrainingOptions> training, Func<RankPriorOptions, RankPriorOptions>? prior = null) =>
        Models.Svi with { Training = training(Models.Svi.Training), RankPrior = prior?.Invoke(Models.Svi.RankPrior) ?? Models.Svi.RankPrior };

    private static Trainer Make(DlrmModel model, int rows) =>
        new(model, new ClickSource(rows, 32, seed: 1), Validation(), new LocalCommunicator(), TimeProvider.System);

    private sealed class Recorder(Action<TrainingReport> record) : IProgress<TrainingReport>
    {
        public void Report(TrainingReport value) => record(value);
    }
}
