namespace Dlrm.Embeddings;

/// <summary>One component that was removed, or a tensor that was dropped whole.</summary>
/// <param name="Tensor">The tensor's name.</param>
/// <param name="Bond">The bond; −1 for the whole tensor.</param>
/// <param name="FitLost">N times the mean loss change plus two standard errors, in nats.</param>
/// <param name="CodeSaved">β times what its entries cost, in nats.</param>
/// <param name="Ranks">The TT ranks afterwards.</param>
public sealed record PruningEvent(string Tensor, int Bond, double FitLost, double CodeSaved, IReadOnlyList<int> Ranks);
