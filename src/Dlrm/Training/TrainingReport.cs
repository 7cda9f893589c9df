using Dlrm.Embeddings;
using Dlrm.Metrics;

namespace Dlrm.Training;

/// <summary>How far training has come and how it goes.</summary>
public sealed record TrainingReport
{
    /// <summary>Gets the optimiser steps taken.</summary>
    public required long Step { get; init; }

    /// <summary>Gets the planned steps of the whole run.</summary>
    public required long PlannedSteps { get; init; }

    /// <summary>Gets the present epoch, from 0.</summary>
    public required int Epoch { get; init; }

    /// <summary>Gets the samples given to the model, over all epochs.</summary>
    public required long Samples { get; init; }

    /// <summary>Gets the samples of this run per second of training, evaluations not counted.</summary>
    public required double SamplesPerSecond { get; init; }

    /// <summary>Gets the smoothed training loss in nats per sample.</summary>
    public required double Loss { get; init; }

    /// <summary>Gets the AUC of the training predictions of this epoch so far, each made before its step; NaN when undefined.</summary>
    public required double Auc { get; init; }

    /// <summary>Gets the KL divergence of all tensors in nats, before the weight β.</summary>
    public required double KlDivergence { get; init; }

    /// <summary>Gets β(t).</summary>
    public required double KlWeight { get; init; }

    /// <summary>Gets what multiplies every learning rate.</summary>
    public required double LearningRateFactor { get; init; }

    /// <summary>Gets the norm of the last step's whole gradient, before clipping.</summary>
    public required double GradientNorm { get; init; }

    /// <summary>Gets the tables.</summary>
    public required IReadOnlyList<TableReport> Tables { get; init; }

    /// <summary>Gets the bytes of the whole compact model.</summary>
    public required long StoredBytes { get; init; }

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

    /// <summary>Gets the time since this run began.</summary>
    public required TimeSpan Elapsed { get; init; }

    /// <summary>Gets the time that the rest of the planned run will take at this speed.</summary>
    public required TimeSpan TimeLeft { get; init; }

    /// <summary>Gets the batches left out because of numbers that are not finite.</summary>
    public required long SkippedBatches { get; init; }

    /// <summary>Gets what was removed since the last report.</summary>
    public required IReadOnlyList<PruningEvent> Pruned { get; init; }

    /// <summary>Gets the metrics on the validation data, in the report right after an evaluation; else null.</summary>
    public required MetricsResult? Validation { get; init; }
}
