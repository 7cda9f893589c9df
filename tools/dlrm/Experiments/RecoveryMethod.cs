using Dlrm.Embeddings;

namespace Dlrm.CommandLine.Experiments;

/// <summary>A way to find ranks.</summary>
/// <param name="Name">Its name in files.</param>
/// <param name="Label">Its name in tables.</param>
/// <param name="MovesGauge">Whether gauges move.</param>
/// <param name="Rule">What pruning events remove; null: the fit is told the ranks.</param>
internal sealed record RecoveryMethod(string Name, string Label, bool MovesGauge, PruneRule? Rule)
{
    /// <summary>Gets the fit that is told the true ranks.</summary>
    internal static RecoveryMethod Told { get; } = new("told", "told the ranks", true, null);

    /// <summary>Gets the methods that find ranks; the first is ours, the others are controls.</summary>
    internal static IReadOnlyList<RecoveryMethod> All { get; } =
    [
        new("gauge-evidence", "gauge moves, evidence", true, PruneRule.Evidence),
        new("gauge-threshold", "gauge moves, threshold", true, PruneRule.Threshold),
        new("evidence", "no gauge moves, evidence", false, PruneRule.Evidence),
        new("threshold", "no gauge moves, threshold", false, PruneRule.Threshold),
    ];
}
