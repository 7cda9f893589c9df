namespace Dlrm.Embeddings;

/// <summary>A change of basis of one bond: core k is multiplied by T from the right, core k+1 by T⁻¹ from the left.</summary>
/// <param name="Old">The TT rank before, R.</param>
/// <param name="New">The TT rank after, R′ ≤ R.</param>
/// <param name="Right">T, (R, R′), row-major.</param>
/// <param name="Left">T⁻¹, (R′, R), row-major: the left inverse; T·T⁻¹ = 1 up to components below the threshold.</param>
/// <param name="SingularValues">The R′ singular values of the unfolding, falling.</param>
internal sealed record BondMap(int Old, int New, double[] Right, double[] Left, double[] SingularValues)
{
    /// <summary>Makes the map of an outer bond, of TT rank 1.</summary>
    internal static BondMap Identity { get; } = new(1, 1, [1], [1], [1]);
}
