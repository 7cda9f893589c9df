namespace Dlrm.Data.Synthetic;

/// <summary>What the best possible model, the teacher itself, reaches on a set of rows.</summary>
/// <param name="Samples">The number of rows.</param>
/// <param name="Auc">The AUC of the true probabilities on the labels drawn; NaN when they are of one class.</param>
/// <param name="ExpectedAuc">That AUC with every label replaced by its probability: Σ p_i·(1 - p_j)·[p_i &gt; p_j] / (Σp · Σ(1 - p)), ties ½.</param>
/// <param name="LogLoss">The mean log loss of the true probabilities on the labels drawn, in nats.</param>
/// <param name="ExpectedLogLoss">Its expectation, the mean entropy of the labels, in nats: no model can be below it but by luck.</param>
/// <param name="BaseRate">The mean label.</param>
/// <param name="ExpectedBaseRate">The mean true probability.</param>
public sealed record BayesFigures(
    long Samples, double Auc, double ExpectedAuc, double LogLoss, double ExpectedLogLoss, double BaseRate, double ExpectedBaseRate);
