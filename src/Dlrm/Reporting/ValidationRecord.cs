namespace Dlrm.Reporting;

/// <summary>The validation metrics in a line of <c>metrics.jsonl</c>.</summary>
/// <param name="Samples">The number of samples.</param>
/// <param name="Auc">The area under the ROC curve.</param>
/// <param name="LogLoss">The mean log loss in nats.</param>
/// <param name="NormalizedEntropy">The log loss over that of always predicting the mean label.</param>
/// <param name="Calibration">Mean probability over mean label.</param>
public sealed record ValidationRecord(long Samples, double Auc, double LogLoss, double NormalizedEntropy, double Calibration);
