namespace Dlrm.Reporting;

/// <summary>One model in a report's table of results. What is not known is NaN.</summary>
/// <param name="Name">The model: "Bayesian TTM", "dense".</param>
/// <param name="Auc">The test AUC.</param>
/// <param name="LogLoss">The test log loss in nats.</param>
/// <param name="NormalizedEntropy">The test log loss over that of always predicting the mean label.</param>
/// <param name="StoredBytes">The bytes of the whole model.</param>
/// <param name="AucDeviation">The standard deviation of the AUC over seeds; 0 for one run.</param>
/// <param name="Note">What else is worth saying.</param>
public sealed record ResultRow(string Name, double Auc, double LogLoss, double NormalizedEntropy, long StoredBytes, double AucDeviation = 0, string Note = "");
