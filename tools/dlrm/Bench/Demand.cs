namespace Dlrm.CommandLine.Bench;

/// <summary>What must hold between two sides: <c>time(slow) / time(fast) ≥ AtLeast</c>.</summary>
/// <param name="Fast">The side that should need less time.</param>
/// <param name="Slow">The other one.</param>
/// <param name="AtLeast">The ratio.</param>
internal sealed record Demand(string Fast, string Slow, double AtLeast);
