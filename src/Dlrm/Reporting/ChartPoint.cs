namespace Dlrm.Reporting;

/// <summary>One point of a chart. A point that is not finite interrupts its line.</summary>
/// <param name="X">The horizontal value.</param>
/// <param name="Y">The vertical value.</param>
/// <param name="Label">A text beside it, or null.</param>
/// <param name="Deviation">The half-length of a vertical error bar; 0: none.</param>
public readonly record struct ChartPoint(double X, double Y, string? Label = null, double Deviation = 0);
