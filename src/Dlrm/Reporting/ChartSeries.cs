namespace Dlrm.Reporting;

/// <summary>Points of one kind in a chart.</summary>
/// <param name="Name">Its name in the legend; empty: not there.</param>
/// <param name="Points">The points, in drawing order.</param>
/// <param name="Mark">How they are drawn.</param>
/// <param name="Color">One of eight colours, by number (modulo 8).</param>
/// <param name="IsDashed">Whether its line is dashed.</param>
public sealed record ChartSeries(string Name, IReadOnlyList<ChartPoint> Points, ChartMark Mark = ChartMark.Line, int Color = 0, bool IsDashed = false);
