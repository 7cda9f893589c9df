using Dlrm.Training;

namespace Dlrm.Reporting;

/// <summary>One line of <c>metrics.jsonl</c>: how training went up to a step. What is undefined is NaN, null in the file.</summary>
public sealed record MetricsRecord
{
    /// <summary>Gets the optimiser steps taken.</summary>
    public required long Step { get; init; }

    /// <summary>Gets the epoch, from 0.</summary>
    public int Epoch { get; init; }

    /// <summary>Gets the samples read, over all epochs.</summary>
    public long Samples { get; init; }

    /// <summary>Gets the time since this run, or its resumption, began, in seconds.</summary>
    public double ElapsedSeconds { get; init; }

    /// <summary>Gets the samples per second of training.</summary>
    public double SamplesPerSecond { get; init; }

    /// <summary>Gets the smoothed training loss in nats per sample.</summary>
    public double Loss { get; init; } = double.NaN;

    /// <summary>Gets the AUC of the training predictions of this epoch so far.</summary>
    public double Auc { get; init; } = double.NaN;

    /// <summary>Gets the KL divergence of all tensors in nats, before the weight β.</summary>
    public double KlDivergence { get; init; }

    /// <summary>Gets β(t).</summary>
    public double KlWeight { get; init; }

    /// <summary>Gets what multiplies every learning rate.</summary>
    public double LearningRateFactor { get; init; } = 1;

    /// <summary>Gets the norm of the last gradient, before clipping.</summary>
    public double GradientNorm { get; init; } = double.NaN;

    /// <summary>Gets the share of training time in which it waited for data.</summary>
    public double DataWaitShare { get; init; }

    /// <summary>Gets the share of training time spent in gauge moves and pruning.</summary>
    public double RankShare { get; init; }

    /// <summary>Gets the number of workers.</summary>
    public int Workers { get; init; } = 1;

    /// <summary>Gets the share of training time in which worker 0 exchanged gradients and computed nothing.</summary>
    public double ExchangeShare { get; init; }

    /// <summary>Gets the bytes of gradients that a worker gives to the others in a step.</summary>
    public double ExchangeBytesPerStep { get; init; }

    /// <summary>Gets the batches left out.</summary>
    public long SkippedBatches { get; init; }

    /// <summary>Gets the bytes of the whole compact model.</summary>
    public long StoredBytes { get; init; }

    /// <summary>Gets the tables.</summary>
    public IReadOnlyList<TableRecord> Tables { get; init; } = [];

    /// <summary>Gets what was removed since the last line.</summary>
    public IReadOnlyList<PruningRecord> Pruned { get; init; } = [];

    /// <summary>Gets the metrics on the validation data, right after an evaluation; else null.</summary>
    public ValidationRecord? Validation { get; init; }

    /// <summary>Makes the line of a progress report.</summary>
    /// <param name="report">The report.</param>
    /// <returns>The line.</returns>
    public static MetricsRecord Of(TrainingReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        return new MetricsRecord
        {
            Step = report.Step,
            Epoch = report.Epoch,
            Samples = report.Samples,
            ElapsedSeconds = report.Elapsed.TotalSeconds,
            SamplesPerSecond = report.SamplesPerSecond,
            Loss = report.Loss,
            Auc = report.Auc,
            KlDivergence = report.KlDivergence,
            KlWeight = report.KlWeight,
            LearningRateFactor = report.LearningRateFactor,
            GradientNorm = report.GradientNorm,
            DataWaitShare = report.DataWaitShare,
            RankShare = report.RankShare,
            Workers = report.Workers,
            ExchangeShare = report.ExchangeShare,
            ExchangeBytesPerStep = report.ExchangeBytesPerStep,
            SkippedBatches = report.SkippedBatches,
            StoredBytes = report.StoredBytes,
            Tables = [.. report.Tables.Select(static table => new TableRecord(table.Name, table.Description, table.Ranks, table.StoredBytes, table.DenseBytes))],
            Pruned = [.. report.Pruned.Select(static pruned => new PruningRecord(pruned.Tensor, pruned.Bond, pruned.FitLost, pruned.CodeSaved, pruned.Ranks))],
            Validation = report.Validation is null ? null
                : new ValidationRecord(report.Validation.Samples, report.Validation.Auc, report.Validation.LogLoss, report.Validation.NormalizedEntropy, report.Validation.Calibration),
        };
    }
}
