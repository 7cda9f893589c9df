namespace Dlrm.Numerics;

/// <summary>Says which rank component governs each entry of a factor.</summary>
/// <remarks><code>entry (o, r, i) = factor[(o · Size + r) · Inner + i]   belongs to component r;   factor length = Outer · Size · Inner</code></remarks>
/// <param name="Outer">The number of blocks before the component index.</param>
/// <param name="Size">The number of components.</param>
/// <param name="Inner">The number of consecutive entries of one component.</param>
public readonly record struct RankAxis(long Outer, int Size, long Inner)
{
    /// <summary>Gets the number of entries that one component governs.</summary>
    public long EntriesPerComponent => Outer * Inner;
}
