namespace Dlrm.Training;

/// <summary>How good a classifier is on a set of samples.</summary>
/// <param name="Samples">The samples.</param>
/// <param name="LogLoss">The mean of −ln p[y], in nats.</param>
/// <param name="Accuracy">The share of samples whose label has the largest probability.</param>
public sealed record ClassifierMetrics(long Samples, double LogLoss, double Accuracy);
