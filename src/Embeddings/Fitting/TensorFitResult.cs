namespace Dlrm.Embeddings;

/// <summary>What a fit found.</summary>
/// <param name="Ranks">The ranks R[1..d) at the end; empty when the whole tensor was pruned.</param>
/// <param name="Noise">τ at the end.</param>
/// <param name="Events">The components removed, in order.</param>
public sealed record TensorFitResult(IReadOnlyList<int> Ranks, double Noise, IReadOnlyList<PruningEvent> Events);
