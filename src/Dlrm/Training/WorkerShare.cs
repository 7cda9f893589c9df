using Dlrm.Embeddings;
using Dlrm.Numerics;

namespace Dlrm.Training;

/// <summary>What one worker of several does of a step: its samples and its posterior draws.</summary>
/// <remarks>
/// <code>
/// S draws, W workers:   S ≥ W   worker w has the draws [w·S/W, (w+1)·S/W)        S &lt; W   workers [s·W/S, (s+1)·W/S) share draw s
/// </code>
/// </remarks>
/// <param name="BatchSize">The samples of a whole batch on this worker.</param>
/// <param name="FirstDraw">The number of its first draw among those of all workers.</param>
/// <param name="Draws">Its draws.</param>
/// <param name="AllDraws">S, those of all workers.</param>
public sealed record WorkerShare(int BatchSize, int FirstDraw, int Draws, int AllDraws)
{
    /// <summary>Lists what of a step can't be shared out among workers.</summary>
    /// <param name="training">The options.</param>
    /// <param name="workers">The number of workers.</param>
    /// <returns>One sentence for each.</returns>
    public static IEnumerable<string> Problems(TrainingOptions training, int workers)
    {
        ArgumentNullException.ThrowIfNull(training);
        int draws = DrawsOf(training, workers);
        if (training.BatchSize % workers != 0)
        {
            yield return $"training.batchSize is {training.BatchSize}, which {workers} workers can't share equally; make it a multiple of {workers}.";
        }

        if (draws % workers != 0 && workers % draws != 0)
        {
            yield return $"training.drawsPerStep is {draws}, but there are {workers} workers; one must divide the other, or let 0 mean one draw for each worker.";
        }
    }

    /// <summary>Lists the dense tables that are too large for a copy on each worker.</summary>
    /// <param name="tables">Names and rows of the dense tables.</param>
    /// <param name="options">Says what is too large.</param>
    /// <param name="workers">The number of workers.</param>
    /// <returns>One sentence for each.</returns>
    public static IEnumerable<string> TableProblems(IEnumerable<(string Name, long Rows)> tables, DistributedOptions options, int workers)
    {
        ArgumentNullException.ThrowIfNull(options);
        return tables.Where(table => workers > 1 && table.Rows > options.MostReplicatedRows).Select(table =>
            $"Table '{table.Name}' has {table.Rows} dense rows, more than the {options.MostReplicatedRows} (distributed.mostReplicatedRows) that each of {workers} workers keeps a copy of; "
            + "shard its rows over the workers, compress it, or raise that number.");
    }

    /// <summary>Shares the work out.</summary>
    /// <param name="model">The model, which every worker has a copy of.</param>
    /// <param name="rank">The worker.</param>
    /// <param name="workers">The number of workers.</param>
    /// <returns>The worker's share.</returns>
    /// <exception cref="OptionsException">Something can't be shared out among so many; the message has every such thing.</exception>
    internal static WorkerShare Of(DlrmModel model, int rank, int workers)
    {
        TrainingOptions training = model.Options.Training;
        string[] problems =
        [
            .. Problems(training, workers),
            .. TableProblems(model.Parameters.OfType<TableParameter>().Select(table => (table.Name, (long)table.Table.Rows)), model.Options.Distributed, workers),
        ];
        if (problems.Length > 0)
        {
            throw new OptionsException(problems);
        }

        int draws = DrawsOf(training, workers);
        return new WorkerShare(training.BatchSize / workers, (int)((long)rank * draws / workers), Math.Max(1, draws / workers), draws);
    }

    private static int DrawsOf(TrainingOptions training, int workers) => training.DrawsPerStep == 0 ? workers : training.DrawsPerStep;
}
