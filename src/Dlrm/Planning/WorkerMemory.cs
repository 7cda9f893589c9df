using Dlrm.Embeddings;
using Dlrm.Numerics;

namespace Dlrm.Planning;

/// <summary>What each worker holds of a model while it trains, before anything is allocated; activations and data are not counted.</summary>
/// <remarks><code>bytes = (rows of spread tables + their optimiser's state)/W + gradients of one batch's rows + everything else, whole</code></remarks>
/// <param name="Workers">W.</param>
/// <param name="SpreadBytes">The rows of spread tables on one worker.</param>
/// <param name="SpreadStateBytes">Their optimiser's state on one worker.</param>
/// <param name="ReplicatedBytes">Tensors that every worker has whole.</param>
/// <param name="WorkingBytes">Their gradients, moments and posterior; gradients of spread rows; the best state that early stopping keeps.</param>
public sealed record WorkerMemory(int Workers, long SpreadBytes, long SpreadStateBytes, long ReplicatedBytes, long WorkingBytes)
{
    private const int MostWorkers = 4096;

    /// <summary>Gets the bytes of one worker.</summary>
    public long Bytes => SpreadBytes + SpreadStateBytes + ReplicatedBytes + WorkingBytes;

    /// <summary>Works out what each worker holds.</summary>
    /// <param name="options">The options, valid.</param>
    /// <param name="inputs">What the model is fed.</param>
    /// <param name="workers">W.</param>
    /// <returns>The bytes.</returns>
    /// <exception cref="OptionsException">As <see cref="ModelPlanner.Plan"/>.</exception>
    public static WorkerMemory Of(DlrmOptions options, ModelInputs inputs, int workers)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(workers, 1);
        return Of(options, ModelPlanner.Plan(options, inputs), workers);
    }

    /// <summary>Requires that each worker's part fits into a number of bytes.</summary>
    /// <param name="options">The options, valid.</param>
    /// <param name="inputs">What the model is fed.</param>
    /// <param name="workers">W.</param>
    /// <param name="limit">The bytes of each worker.</param>
    /// <exception cref="OptionsException">It doesn't fit: the message has what takes the bytes, and what would fit.</exception>
    public static void Require(DlrmOptions options, ModelInputs inputs, int workers, long limit)
    {
        ModelPlan plan = ModelPlanner.Plan(options, inputs);
        WorkerMemory memory = Of(options, plan, workers);
        if (memory.Bytes > limit)
        {
            throw new OptionsException([memory.Describe(limit) + WayOut(options, inputs, plan, workers, limit)]);
        }
    }

    /// <summary>Lists the dense tables whose rows are spread over workers when there is more than one.</summary>
    /// <param name="options">The options, valid.</param>
    /// <param name="inputs">What the model is fed.</param>
    /// <returns>Names of features.</returns>
    internal static IEnumerable<string> SpreadTables(DlrmOptions options, ModelInputs inputs) => inputs.Names.Where((name, t) =>
    {
        TableOptions table = options.Model.TableOf(name);
        long kept = table.Kept(inputs.Cardinalities[t]);
        return kept > options.Distributed.MostReplicatedRows && EmbeddingBagFactory.Resolve(table, kept) == TableKind.Dense;
    });

    /// <summary>Works out what each worker holds of a planned model.</summary>
    /// <param name="options">The options.</param>
    /// <param name="plan">Their plan.</param>
    /// <param name="workers">W.</param>
    /// <returns>The bytes.</returns>
    internal static WorkerMemory Of(DlrmOptions options, ModelPlan plan, int workers)
    {
        TrainingOptions training = options.Training;
        (long spread, long state, long replicated, long working) = (0, 0, 0, 0);

        // A worker with one of several draws keeps the summed gradients of means and deviations too; the plan has them only when all draws are its own.
        bool sumsDraws = workers > 1 && training.DrawsPerStep == 0 && options.RankPrior.Inference == InferenceKind.Svi;
        foreach (TensorPlan tensor in plan.Tensors)
        {
            long factors = tensor.RowModes.Count == 0 ? 0 : tensor.SweptNumbers - (tensor.IsLookup ? 0 : tensor.Rows);
            working += sumsDraws ? 2 * factors * sizeof(float) : 0;
            long bytes = tensor.Parameters * sizeof(float);
            long rows = tensor.Parameters / tensor.Columns;
            if (workers == 1 || !IsDenseTable(tensor) || rows <= options.Distributed.MostReplicatedRows)
            {
                replicated += bytes;
                working += tensor.WorkingBytes;
                continue;
            }

            long own = (rows + workers - 1) / workers;
            long numbers = training.TableOptimizer.Kind == OptimizerKind.RowwiseAdagrad ? 1 : tensor.Columns * (long)ModelPlanner.Moments(training.TableOptimizer.Kind);
            spread += own * tensor.Columns * sizeof(float);
            state += own * numbers * sizeof(float);
            working += tensor.WorkingBytes - (rows * numbers * sizeof(float));
        }

        // Early stopping keeps a copy of what it would go back to.
        long best = training.Patience > 0 ? spread + replicated : 0;
        return new WorkerMemory(workers, spread, state, replicated, working + best);
    }

    private static bool IsDenseTable(TensorPlan tensor) => tensor.IsLookup && tensor.Kind == "dense";

    private static string WayOut(DlrmOptions options, ModelInputs inputs, ModelPlan plan, int workers, long limit)
    {
        List<string> fits = [];
        int enough = Enumerable.Range(workers, MostWorkers - workers + 1).FirstOrDefault(more => Of(options, plan, more).Bytes <= limit);
        if (enough > 0)
        {
            fits.Add(FormattableString.Invariant($"{enough} workers, each with {Size(Of(options, plan, enough).Bytes)}"));
        }

        DlrmOptions rowwise = options with { Training = options.Training with { TableOptimizer = options.Training.TableOptimizer with { Kind = OptimizerKind.RowwiseAdagrad } } };
        if (Of(rowwise, ModelPlanner.Plan(rowwise, inputs), workers) is { } lighter && lighter.Bytes <= limit)
        {
            fits.Add($"training.tableOptimizer.kind rowwiseAdagrad with {Size(lighter.Bytes)}");
        }

        TableOptions tables = options.Model.Tables with { Kind = TableKind.LowRank };
        DlrmOptions lowRank = options with { Model = options.Model with { Tables = tables, Budget = null } };
        if (Of(lowRank, ModelPlanner.Plan(lowRank, inputs), workers) is { } compressed && compressed.Bytes <= limit)
        {
            fits.Add($"low-rank tables (--tables {tables.Format.ToString().ToLowerInvariant()}) with {Size(compressed.Bytes)} on {(workers == 1 ? "this one" : "each")}");
        }

        return (fits.Count > 0 ? $"what fits: {string.Join("; or ", fits)}" : "give more memory, lower model.embeddingDim, or start with lower ranks") + ". 'dlrm plan' shows every tensor.";
    }

    private static string Size(long bytes) => bytes >= 1L << 30
        ? FormattableString.Invariant($"{bytes / (double)(1L << 30):0.00} GiB")
        : FormattableString.Invariant($"{bytes / (double)(1 << 20):0.0} MiB");

    private string Describe(long limit)
    {
        string whole = Workers == 1 ? "The worker" : $"Each of {Workers} workers";
        string spread = SpreadBytes == 0 ? string.Empty : $"{Size(SpreadBytes)} of spread tables, {Size(SpreadStateBytes)} of their optimiser's state, ";
        string has = Workers == 1 ? "of tensors" : "of tensors that each has whole";
        return $"{whole} needs {Size(Bytes)} ({spread}{Size(ReplicatedBytes)} {has}, {Size(WorkingBytes)} of gradients, moments and copies), and the memory given is {Size(limit)}; ";
    }
}
