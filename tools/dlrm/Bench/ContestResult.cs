namespace Dlrm.CommandLine.Bench;

/// <summary>What one row of the bench came to.</summary>
/// <param name="Key">The row.</param>
/// <param name="Group">Its heading.</param>
/// <param name="Case">What tells it from the others of its group.</param>
/// <param name="Sides">The sides that were there.</param>
/// <param name="Demands">What must hold.</param>
internal sealed record ContestResult(string Key, string Group, string Case, IReadOnlyList<SideResult> Sides, IReadOnlyList<DemandResult> Demands)
{
    /// <summary>Finds a side.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>The side, or null when its peer is missing.</returns>
    internal SideResult? Side(string name) => Sides.FirstOrDefault(side => side.Name == name);
}
