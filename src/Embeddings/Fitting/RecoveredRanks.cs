namespace Dlrm.Embeddings;

/// <summary>What a fit of a planted tensor found.</summary>
/// <param name="Found">The ranks at the end; empty when the whole tensor was pruned.</param>
/// <param name="StoredElements">The entries stored at the end.</param>
/// <param name="UnseenError">The root mean square error on unseen rows, relative to that of an entry.</param>
/// <param name="Noise">τ at the end.</param>
public sealed record RecoveredRanks(IReadOnlyList<int> Found, long StoredElements, double UnseenError, double Noise);
