namespace Dlrm.Embeddings;

/// <summary>A tensor with one component fewer on one bond, the others adjusted to its loss.</summary>
/// <param name="Component">The component that goes.</param>
/// <param name="Means">The entries of every factor at the present sizes; those of the component are zero.</param>
public sealed record ReducedFactors(int Component, IReadOnlyList<float[]> Means);
