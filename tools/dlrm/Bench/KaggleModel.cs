using System.Text.Json.Nodes;
using Dlrm.CommandLine.Bench.Peers;
using Dlrm.CommandLine.Runs;
using Dlrm.Embeddings;
using Dlrm.Numerics;
using Dlrm.Numerics.Cpu;
using Dlrm.Planning;

namespace Dlrm.CommandLine.Bench;

/// <summary>A whole training step on the cardinalities of Criteo Kaggle with Zipf ids: 13-512-256-64-16 / 512-256-1, 26 tables × 16, batch 2048.</summary>
/// <param name="files">Where inputs are handed over.</param>
/// <param name="time">The clock.</param>
internal sealed class KaggleModel(BenchFiles files, TimeProvider time)
{
    /// <summary>The samples of a batch.</summary>
    internal const int Batch = 2048;

    /// <summary>Tables with more rows than this are the five large ones.</summary>
    internal const long FiveLarge = 1_000_000;

    private const int Batches = 4;
    private static readonly ModelInputs Inputs = PlannedInputs.Find(null, null, "kaggle");

    /// <summary>Makes the options of a model.</summary>
    /// <param name="compressAbove">Tables with more rows are TT-matrices of rank 16, the others dense.</param>
    /// <param name="inference">How the posterior is inferred: svi and map with Adam for cores and Adagrad for the rest, fixed ranks with SGD for everything, which is what the peers do.</param>
    /// <param name="towerRank">The rank of tensorised towers; 0: dense ones.</param>
    /// <returns>The options.</returns>
    internal static DlrmOptions Options(long compressAbove, InferenceKind inference, int towerRank = 0)
    {
        MlpOptions Tower(params int[] sizes) => towerRank == 0 ? MlpOptions.Of(sizes)
            : new MlpOptions { Sizes = sizes, Format = TensorFormat.Auto, StartRank = towerRank };
        OptimizerOptions sgd = new() { Kind = OptimizerKind.Sgd, LearningRate = 0.01 };
        TrainingOptions training = new() { BatchSize = Batch };
        return new DlrmOptions
        {
            Model = new ModelOptions
            {
                EmbeddingDim = TtmTable.Dim,
                BottomMlp = Tower(512, 256, 64, TtmTable.Dim),
                TopMlp = Tower(512, 256),
                Tables = new TableOptions { Kind = TableKind.LowRank, CompressAbove = compressAbove, StartRank = 16 },
            },
            Training = inference == InferenceKind.FixedRanks ? training with { MlpOptimizer = sgd, TableOptimizer = sgd, FactorOptimizer = sgd } : training,
            RankPrior = new RankPriorOptions { Inference = inference, KlWeight = 1 },
        };
    }

    /// <summary>Makes our side.</summary>
    /// <param name="options">The model.</param>
    /// <param name="threads">The threads of its device.</param>
    /// <param name="isChecked">Whether a peer with as many numbers takes part.</param>
    /// <returns>The side.</returns>
    internal ISide Own(DlrmOptions options, int threads, bool isChecked)
    {
        CpuDevice device = new(threads);
        DlrmModel model = new(device, options, Inputs);
        Batch[] batches = [.. Enumerable.Range(0, Batches).Select(Make)];
        RandomStream draws = new(1, 2);
        return new OwnSide(time, repetition => Step(model, batches[repetition % Batches], draws, repetition + 1), isChecked ? () => model.Parameters.Sum(parameter => parameter.StoredElements) : null, model, device);
    }

    /// <summary>Makes the side of PyTorch.</summary>
    /// <param name="peer">The peer, or null when it is missing.</param>
    /// <param name="compressAbove">Tables with more rows are TT-matrices.</param>
    /// <param name="threads">The threads.</param>
    /// <param name="isChecked">Whether we take part with as many numbers.</param>
    /// <returns>The side, or null.</returns>
    internal ISide? Of(PeerProcess? peer, long compressAbove, int threads, bool isChecked)
    {
        if (peer is null)
        {
            return null;
        }

        DlrmOptions options = Options(compressAbove, InferenceKind.FixedRanks);
        ModelPlan plan = ModelPlanner.Plan(options, Inputs);
        bool isDense = compressAbove == long.MaxValue;
        JsonObject settings = new()
        {
            ["batches"] = Batches,
            ["batch"] = Batch,
            ["dense"] = Inputs.DenseFeatures,
            ["dim"] = TtmTable.Dim,
            ["bottom"] = new JsonArray([.. options.Model.BottomMlp.Sizes]),
            ["top"] = new JsonArray([.. options.Model.TopMlp.Sizes]),
            ["ids"] = files.Write("kaggle-ids", () => Enumerable.Range(0, Batches).Select(Make).SelectMany(batch => batch.Sparse.SelectMany(bags => bags.Indices.ToArray())).ToArray()),
            ["inputs"] = files.Write("kaggle-dense", () => Enumerable.Range(0, Batches).Select(Make).SelectMany(batch => batch.Dense.ToArray()).ToArray()),
            ["labels"] = files.Write("kaggle-labels", () => Enumerable.Range(0, Batches).Select(Make).SelectMany(batch => batch.Labels.ToArray()).ToArray()),
            ["tables"] = new JsonArray([.. Inputs.Names.Select((name, t) => Table(Inputs.Cardinalities[t], plan.Tensors.First(tensor => tensor.Name == $"tables.{name}")))]),
        };
        return new PeerSide(peer, isDense ? "dlrm-dense" : "dlrm-ttm", $"dlrm-{compressAbove}-{threads}", threads, settings, isChecked);
    }

    private static Batch Make(int part) => GeneratedBatches.Make(Inputs, Batch, part);

    /// <summary>Takes a step as the trainer does.</summary>
    private static void Step(DlrmModel model, Batch batch, RandomStream draws, long step)
    {
        model.BeginStep(draws.Derive((ulong)step), 1);
        model.Forward(batch);
        double loss = model.Loss();
        model.ClearGradients();
        model.Backward();
        double squares = model.Parameters.Sum(parameter => parameter.GradientSumOfSquares());
        if (!double.IsFinite(loss + squares))
        {
            throw new NotFiniteNumberException($"Step {step}: the loss is {loss} and the gradient's sum of squares {squares}.");
        }

        StepContext context = new() { Step = step, LearningRateFactor = 1, GradientScale = 1, KlWeight = 1 / 39.29e6, BatchSize = batch.Size };
        foreach (Parameter parameter in model.Parameters)
        {
            parameter.Step(context);
        }
    }

    private static JsonObject Table(long rows, TensorPlan plan)
    {
        JsonObject table = new() { ["rows"] = rows };
        if (plan.RowModes.Count > 0)
        {
            table["rowModes"] = new JsonArray([.. plan.RowModes]);
            table["columnModes"] = new JsonArray([.. plan.ColumnModes]);
            table["ranks"] = new JsonArray([1, .. plan.Ranks, 1]);
        }

        return table;
    }
}
