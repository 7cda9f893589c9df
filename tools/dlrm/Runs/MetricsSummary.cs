using Dlrm.Metrics;

namespace Dlrm.CommandLine.Runs;

/// <summary>The metrics of one split, for results that are printed or kept.</summary>
internal sealed record MetricsSummary
{
    /// <summary>Gets the number of samples.</summary>
    public required long Samples { get; init; }

    /// <summary>Gets the area under the ROC curve; null when there is one class only.</summary>
    public required double? Auc { get; init; }

    /// <summary>Gets the mean log loss in nats.</summary>
    public required double LogLoss { get; init; }

    /// <summary>Gets the log loss over that of always predicting the mean label.</summary>
    public required double? NormalizedEntropy { get; init; }

    /// <summary>Gets mean probability over mean label.</summary>
    public required double? Calibration { get; init; }

    /// <summary>Gets the expected calibration error: the mean distance of probability and click rate over the bins of the reliability table.</summary>
    public double? CalibrationError { get; init; }

    /// <summary>Gets the share of samples on the label's side of one half.</summary>
    public required double Accuracy { get; init; }

    /// <summary>Makes the summary of a result.</summary>
    /// <param name="result">The result.</param>
    /// <returns>The summary; what is undefined is null.</returns>
    internal static MetricsSummary Of(MetricsResult result) => new()
    {
        Samples = result.Samples,
        Auc = Defined(result.Auc),
        LogLoss = result.LogLoss,
        NormalizedEntropy = Defined(result.NormalizedEntropy),
        Calibration = Defined(result.Calibration),
        CalibrationError = Defined(result.CalibrationError),
        Accuracy = result.Accuracy,
    };

    private static double? Defined(double value) => double.IsFinite(value) ? value : null;
}
