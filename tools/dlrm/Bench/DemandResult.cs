namespace Dlrm.CommandLine.Bench;

/// <summary>Whether a demand holds.</summary>
/// <param name="Fast">The side that should need less time.</param>
/// <param name="Slow">The other one.</param>
/// <param name="AtLeast">The ratio asked for.</param>
/// <param name="Ratio">The ratio measured, null when a side is missing.</param>
/// <param name="ImpliedGigaFlops">What the fast side would have to reach, 0 when it is not counted.</param>
/// <param name="IsAsked">False when that is above 60 % of this run's sgemm.</param>
internal sealed record DemandResult(string Fast, string Slow, double AtLeast, double? Ratio, double ImpliedGigaFlops, bool IsAsked)
{
    /// <summary>Gets whether it holds; null when it was not measured or is not asked.</summary>
    public bool? Holds => Ratio is double ratio && IsAsked ? ratio >= AtLeast : null;
}
