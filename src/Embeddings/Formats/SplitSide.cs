namespace Dlrm.Embeddings;

/// <summary>One matrix of a split.</summary>
/// <param name="Format">The matrix as a format; factors are stored as those of the whole.</param>
/// <param name="Factors">Which factor of the whole each of its factors is; −1: an identity matrix.</param>
public sealed record SplitSide(LowRankFormat Format, IReadOnlyList<int> Factors);
