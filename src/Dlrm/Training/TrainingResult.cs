using Dlrm.Embeddings;
using Dlrm.Metrics;

namespace Dlrm.Training;

/// <summary>How a run ended.</summary>
public sealed record TrainingResult
{
    /// <summary>Gets a value indicating whether it was cancelled: the trainer can be saved, and goes on when it runs again.</summary>
    public required bool IsCancelled { get; init; }

    /// <summary>Gets a value indicating whether validation stopped improving; the best state is in the model.</summary>
    public required bool StoppedEarly { get; init; }

    /// <summary>Gets the optimiser steps taken, those before a resume included.</summary>
    public required long Steps { get; init; }

    /// <summary>Gets the samples given to the model, those before a resume included.</summary>
    public required long Samples { get; init; }

    /// <summary>Gets the batches left out because of numbers that are not finite.</summary>
    public required long SkippedBatches { get; init; }

    /// <summary>Gets the time of this run, evaluations included.</summary>
    public required TimeSpan Elapsed { get; init; }

    /// <summary>Gets the samples of this run per second of training, evaluations not counted.</summary>
    public required double SamplesPerSecond { get; init; }

    /// <summary>Gets the share of training time in which it waited for data.</summary>
    public required double DataWaitShare { get; init; }

    /// <summary>Gets the share of training time spent in gauge moves and pruning.</summary>
    public required double RankShare { get; init; }

    /// <summary>Gets the number of workers.</summary>
    public int Workers { get; init; } = 1;

    /// <summary>Gets the share of training time in which this worker exchanged gradients and computed nothing.</summary>
    public double ExchangeShare { get; init; }

    /// <summary>Gets the bytes that a worker gives to the others in a step, on average over this run: gradients, and ids, rows and gradients of spread tables.</summary>
    public double ExchangeBytesPerStep { get; init; }

    /// <summary>Gets what was removed in this run, in order.</summary>
    public required IReadOnlyList<PruningEvent> Pruned { get; init; }

    /// <summary>Gets the metrics of the state that the model ended with on the validation data, or null without such data.</summary>
    public required MetricsResult? Validation { get; init; }
}
