namespace Dlrm.Embeddings;

/// <summary>One factor of a low-rank format: its storage, and the bonds that run through it.</summary>
/// <param name="Name">The name in files, unique in the format: "core.0".</param>
/// <param name="Dimensions">The sizes of the stored array, the last one innermost.</param>
/// <param name="Axes">The axes that are bonds.</param>
/// <param name="Governor">Which of <paramref name="Axes"/> has the λ that is the prior variance of this factor's entries; −1: none.</param>
/// <param name="FixedVariance">The prior variance of every entry when no bond governs it.</param>
public sealed record FactorShape(string Name, IReadOnlyList<long> Dimensions, IReadOnlyList<FactorAxis> Axes, int Governor, double FixedVariance = 100)
{
    /// <summary>Gets the number of entries.</summary>
    public long Length { get; } = Dimensions.Aggregate(1L, static (product, size) => checked(product * size));

    /// <summary>Gets the axis whose bond governs the entries, or null for a fixed prior variance.</summary>
    public FactorAxis? GoverningAxis => Governor < 0 ? null : Axes[Governor];
}
