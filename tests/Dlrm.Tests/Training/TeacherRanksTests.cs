using Dlrm.Data;
using Dlrm.Data.Synthetic;
using Dlrm.Distributed;
using Dlrm.Embeddings;
using Dlrm.Numerics;
using Dlrm.Numerics.Cpu;
using Dlrm.Training;

namespace Dlrm.Tests.Training;

/// <summary>TT ranks from clicks alone: the smaller brother of the experiment "teacher".</summary>
[Trait("Speed", "Slow")]
public sealed class TeacherRanksTests : IDisposable
{
    private const int Dim = 4;
    private static readonly int[] ColumnModes = [1, 1, Dim];
    private readonly CpuDevice _device = new(2);

    public void Dispose() => _device.Dispose();

    [Fact]
    public void Run_ClicksOfTeachersOfRisingRanks_FindsTheirRanksAndBytesAndBeatsDense()
    {
        (int[] lowRanks, double lowBytes, double lowGain) = Learn(teacherRank: 1);
        (int[] highRanks, double highBytes, double highGain) = Learn(teacherRank: 3);

        string found = $"[{string.Join(", ", lowRanks)}] for ranks 1, [{string.Join(", ", highRanks)}] for ranks 3";
        Assert.True(highRanks.Sum() > lowRanks.Sum(), $"Found {found}: the sum must grow with the teacher's.");
        Assert.True(highRanks.Zip(lowRanks).All(pair => pair.First >= pair.Second), $"Found {found}: no rank may fall.");
        Assert.InRange(lowBytes, 0.5, 2);
        Assert.InRange(highBytes, 0.5, 2);
        Assert.True(lowGain >= -0.002, $"Test AUC is {-lowGain:F4} below dense for ranks 1.");
        Assert.True(highGain >= -0.002, $"Test AUC is {-highGain:F4} below dense for ranks 3.");
    }

    /// <summary>Trains both models on one teacher's clicks; gives the inner TT ranks found, table bytes over the teacher's own, and the test AUC gained over dense.</summary>
    private (int[] Ranks, double Bytes, double Gain) Learn(int teacherRank)
    {
        SyntheticGenerator generator = new(new GeneratorOptions
        {
            Seed = 20 + (ulong)teacherRank,
            Rows = 200_000,
            DenseFeatures = 6,
            EmbeddingDim = Dim,
            TargetAuc = 0.87,
            Tables =
            [
                new SyntheticTable { Rows = 8000, Weight = 3, TeacherRanks = [teacherRank, teacherRank], ColumnModes = ColumnModes },
                new SyntheticTable { Rows = 4000, Weight = 3, TeacherRanks = [teacherRank, teacherRank], ColumnModes = ColumnModes },
                new SyntheticTable { Rows = 20 },
            ],
        });
        DlrmOptions options = new()
        {
            Model = new ModelOptions
            {
                EmbeddingDim = Dim,
                BottomMlp = [16, Dim],
                TopMlp = [16],
                Tables = new TableOptions { CompressAbove = 100, StartRank = 6, ColumnModes = ColumnModes, InitialEntryDeviation = 0.1 },
            },
            Training = new TrainingOptions
            {
                BatchSize = 512,
                Epochs = 8,
                MlpOptimizer = new OptimizerOptions { Kind = OptimizerKind.Adam, LearningRate = 0.005 },
                TableOptimizer = new OptimizerOptions { Kind = OptimizerKind.Adagrad, LearningRate = 0.1 },
                FactorOptimizer = new OptimizerOptions { Kind = OptimizerKind.Adam, LearningRate = 0.02 },
                Decay = LearningRateDecay.Linear,
                DecayStart = 0.6,
                FinalLearningRateFactor = 0.05,
            },
            RankPrior = new RankPriorOptions { KlWeight = 1, KlWarmupStart = 0.3, KlWarmupEnd = 0.5, GaugeEvery = 50, PruneEvery = 50, PruneBatches = 16 },
        };

        // Dense tables overfit: they keep the state that is best on the validation rows.
        DlrmOptions dense = options with
        {
            Model = options.Model with { Tables = options.Model.Tables with { Kind = TableKind.Dense, InitialEntryDeviation = 0 } },
            Training = options.Training with { Epochs = 3, EvaluateEvery = 100, Patience = 3 },
        };
        using DlrmModel denseModel = Train(generator, dense);
        using DlrmModel model = Train(generator, options);
        int[] ranks = [.. model.Tensors.SelectMany(tensor => tensor.IsZero ? [0, 0] : tensor.Format.Ranks)];
        double found = TableReport.Of(model).Where(table => table.Ranks is not null).Sum(table => table.StoredBytes);
        return (ranks, found / generator.Teacher.Tables.Where(table => table.Shape is not null).Sum(table => table.Bytes), TestAuc(generator, model) - TestAuc(generator, denseModel));
    }

    private DlrmModel Train(SyntheticGenerator generator, DlrmOptions options)
    {
        using SyntheticBatchSource training = new(generator, DatasetSplit.Train, options.Training.BatchSize);
        using SyntheticBatchSource validation = new(generator, DatasetSplit.Valid, 4096);
        DlrmModel model = new(_device, options, new ModelInputs(training.DenseFeatures, ["A", "B", "C"], training.Cardinalities));
        using Trainer trainer = new(model, training, validation, new LocalCommunicator(), TimeProvider.System);
        trainer.Run();
        return model;
    }

    private static double TestAuc(SyntheticGenerator generator, DlrmModel model)
    {
        using SyntheticBatchSource test = new(generator, DatasetSplit.Test, 4096);
        return Evaluator.Evaluate(model, test, new LocalCommunicator()).Auc;
    }
}
