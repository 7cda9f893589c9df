using Dlrm.Reporting;

namespace Dlrm.Bench.Scaling;

/// <summary>Draws nanoseconds per lookup of one sweep.</summary>
internal static class ScalingChart
{
    /// <summary>Makes the chart.</summary>
    /// <param name="sweep">The sweep.</param>
    /// <param name="results">Its results.</param>
    /// <returns>The chart.</returns>
    internal static SvgChart Make(ScalingSweep sweep, IReadOnlyList<ScalingResult> results) => new()
    {
        Title = $"{sweep.Title}: time per lookup",
        X = new ChartAxis(sweep.Axis, AxisFormat.Integer, sweep.IsLogarithmic),
        Y = new ChartAxis("ns per lookup", IsLogarithmic: true),
        Width = 430,
        Height = 270,
        Series =
        [
            new ChartSeries("forward", [.. results.Select(result => new ChartPoint(result.Point.Value, result.ForwardLookup))], ChartMark.LineAndDots, 0),
            new ChartSeries("forward + backward + SGD", [.. results.Select(result => new ChartPoint(result.Point.Value, result.StepLookup))], ChartMark.LineAndDots, 1),
        ],
    };
}
