namespace Dlrm.Metrics;

/// <summary>One line of the reliability table: of the samples given about this probability, how many were positive.</summary>
/// <param name="From">The lowest probability of the bin.</param>
/// <param name="To">The end of the bin; excluded, but for the last bin, which has 1.</param>
/// <param name="Samples">The number of samples.</param>
/// <param name="MeanProbability">Their mean probability; NaN when there are none.</param>
/// <param name="MeanLabel">Their mean label; NaN when there are none.</param>
public readonly record struct ReliabilityBin(double From, double To, long Samples, double MeanProbability, double MeanLabel);
