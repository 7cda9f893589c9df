namespace Dlrm.Reporting;

/// <summary>Two values of one thing, one above the other.</summary>
/// <param name="Label">What it is.</param>
/// <param name="Before">The upper, pale bar.</param>
/// <param name="After">The lower bar.</param>
/// <param name="Note">A text behind the bars.</param>
public sealed record ChartBar(string Label, double Before, double After, string Note);
