using Dlrm.Reporting;
using Dlrm.Training;

namespace Dlrm.CommandLine.Runs;

/// <summary>Turns the trainer's reports into lines of <c>metrics.jsonl</c>.</summary>
internal static class ReportRecords
{
    /// <summary>Makes the line of a report.</summary>
    /// <param name="report">The report.</param>
    /// <returns>The line.</returns>
    internal static MetricsRecord Of(TrainingReport report) => new()
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
        SkippedBatches = report.SkippedBatches,
        StoredBytes = report.StoredBytes,
        Tables = [.. report.Tables.Select(table => new TableRecord(table.Name, table.Description, table.Ranks, table.StoredBytes, table.DenseBytes))],
        Pruned = [.. report.Pruned.Select(removed => new PruningRecord(removed.Tensor, removed.Bond, removed.FitLost, removed.CodeSaved, removed.Ranks))],
        Validation = report.Validation is null
            ? null
            : new ValidationRecord(
                report.Validation.Samples, report.Validation.Auc, report.Validation.LogLoss, report.Validation.NormalizedEntropy, report.Validation.Calibration),
    };
}
