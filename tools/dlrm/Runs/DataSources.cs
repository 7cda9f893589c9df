using Dlrm.CommandLine.Configuration;
using Dlrm.Data;
using Dlrm.Distributed;

namespace Dlrm.CommandLine.Runs;

/// <summary>Opens the splits of a dataset as a run reads them.</summary>
internal static class DataSources
{
    /// <summary>Opens the training split: shuffled, from the run's seed.</summary>
    /// <param name="dataset">The dataset.</param>
    /// <param name="options">The run's options.</param>
    /// <param name="time">The clock.</param>
    /// <param name="workers">The workers that share its rows; null: one process has them all.</param>
    /// <returns>The source.</returns>
    internal static ParquetBatchSource OpenTraining(DatasetFolder dataset, RunOptions options, TimeProvider time, ICommunicator? workers = null)
    {
        int count = workers?.WorldSize ?? 1;
        bool isShard = count > 1 && options.Distributed.ShardedReading;
        BatchSourceOptions reading = Reading(options.Data) with
        {
            BatchSize = isShard ? Math.Max(1, options.Training.BatchSize / count) : options.Training.BatchSize,
            Seed = options.Training.Seed,
            Worker = workers?.Rank ?? 0,
            WorldSize = count,
            Sharing = isShard ? RowSharing.Shards : RowSharing.Batches,
        };
        return new ParquetBatchSource(dataset, DatasetSplit.Train, reading, time);
    }

    /// <summary>Opens a split for measuring: in the order of its files.</summary>
    /// <param name="dataset">The dataset.</param>
    /// <param name="split">The split.</param>
    /// <param name="options">How it is read.</param>
    /// <param name="time">The clock.</param>
    /// <param name="workers">The workers that each measure a part of its rows; null: one process measures them all.</param>
    /// <returns>The source, or null when the split is empty.</returns>
    internal static ParquetBatchSource? OpenEvaluation(DatasetFolder dataset, DatasetSplit split, DataOptions options, TimeProvider time, ICommunicator? workers = null) =>
        dataset.Schema.Rows(split) == 0
            ? null
            : new(dataset, split, Reading(options) with { BatchSize = options.EvaluationBatchSize, ShuffleWindow = 0, Worker = workers?.Rank ?? 0, WorldSize = workers?.WorldSize ?? 1 }, time);

    /// <summary>Says what a model of a dataset is fed.</summary>
    /// <param name="schema">The dataset's columns.</param>
    /// <returns>The inputs.</returns>
    internal static ModelInputs InputsOf(DatasetSchema schema) =>
        new(schema.Dense.Count, [.. schema.Sparse.Select(feature => feature.Name)], [.. schema.Sparse.Select(feature => feature.Rows)]);

    private static BatchSourceOptions Reading(DataOptions options) => new()
    {
        ShuffleWindow = options.ShuffleWindow,
        ReadAhead = options.ReadAhead,
        OutOfRangeIds = options.OutOfRangeIds,
        MemoryLimitBytes = (long)options.MemoryMegabytes << 20,

        // One thread decodes millions of rows a second; more would only take processors from training.
        Threads = 1,
    };
}
