namespace Dlrm.Metrics;

/// <summary>The metrics of a binary classifier over a set of samples. What is undefined is NaN.</summary>
public sealed record MetricsResult
{
    /// <summary>Gets the number of samples.</summary>
    public required long Samples { get; init; }

    /// <summary>Gets the mean log loss in nats; NaN without samples.</summary>
    public required double LogLoss { get; init; }

    /// <summary>Gets the area under the ROC curve; NaN when it is undefined, see <see cref="IsAucDefined"/>.</summary>
    public required double Auc { get; init; }

    /// <summary>Gets a value indicating whether there were both positives and negatives, without which no AUC exists.</summary>
    public bool IsAucDefined => !double.IsNaN(Auc);

    /// <summary>Gets the largest possible error of <see cref="Auc"/>: 0 when it was computed by sorting, the histogram's bound otherwise.</summary>
    public required double AucErrorBound { get; init; }

    /// <summary>Gets the normalised entropy: <see cref="LogLoss"/> over the log loss of always predicting the mean label. NaN with one class only.</summary>
    public required double NormalizedEntropy { get; init; }

    /// <summary>Gets mean probability over mean label; NaN when the labels sum to 0.</summary>
    public required double Calibration { get; init; }

    /// <summary>Gets the share of samples on the label's side of 0.5; a probability of exactly 0.5 predicts a positive.</summary>
    public required double Accuracy { get; init; }

    /// <summary>Gets the mean label.</summary>
    public required double MeanLabel { get; init; }

    /// <summary>Gets the mean probability.</summary>
    public required double MeanProbability { get; init; }

    /// <summary>Gets the number of samples whose probability was exactly 0 or 1; see <see cref="ClassificationFormulas.LogLossTerm"/>.</summary>
    public required long SaturatedSamples { get; init; }

    /// <summary>Gets the reliability table, from probability 0 to 1.</summary>
    public required IReadOnlyList<ReliabilityBin> Reliability { get; init; }

    /// <summary>Gets the expected calibration error: Σ over bins of samples · |mean probability − mean label| / all samples.</summary>
    /// <remarks>Source: Naeini, Cooper, Hauskrecht, "Obtaining well calibrated probabilities using Bayesian binning", AAAI 2015.</remarks>
    public double CalibrationError => Samples == 0 ? double.NaN
        : Reliability.Where(static bin => bin.Samples > 0).Sum(static bin => bin.Samples * Math.Abs(bin.MeanProbability - bin.MeanLabel)) / Samples;
}
