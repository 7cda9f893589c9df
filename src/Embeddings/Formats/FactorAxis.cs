using Dlrm.Numerics;

namespace Dlrm.Embeddings;

/// <summary>An axis of a factor that is a bond.</summary>
/// <param name="Bond">The bond, an index into <see cref="LowRankFormat.Ranks"/>.</param>
/// <param name="Axis">Where the axis lies in the factor's storage.</param>
public readonly record struct FactorAxis(int Bond, RankAxis Axis);
