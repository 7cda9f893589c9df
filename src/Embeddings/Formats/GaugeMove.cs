namespace Dlrm.Embeddings;

/// <summary>A change of basis of all bonds.</summary>
/// <param name="Ranks">The size of every bond afterwards.</param>
/// <param name="Maps">For each factor, a map for each of its bond axes.</param>
/// <param name="Means">The moved entries of each factor, which computing the maps needed anyway.</param>
public sealed record GaugeMove(IReadOnlyList<int> Ranks, IReadOnlyList<AxisMap[]> Maps, IReadOnlyList<float[]> Means);
