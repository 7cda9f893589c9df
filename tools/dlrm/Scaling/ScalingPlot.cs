using Dlrm.Planning;
using Dlrm.Reporting;

namespace Dlrm.CommandLine.Scaling;

/// <summary>Draws the speed of each worker over the number of workers.</summary>
internal static class ScalingPlot
{
    /// <summary>Makes the chart.</summary>
    /// <param name="result">The plan.</param>
    /// <returns>The chart: a line for each design, dashed when nothing is hidden behind the backward pass.</returns>
    internal static SvgChart Make(ScalingResult result) => new()
    {
        Title = FormattableString.Invariant($"Predicted samples per second of each worker, batches of {result.LocalBatch:N0}"),
        X = new ChartAxis("workers", AxisFormat.Integer, IsLogarithmic: true),
        Y = new ChartAxis("samples/s of each worker", StartsAtZero: true),
        Series =
        [
            .. result.Designs.Select((design, i) => new ChartSeries(design.Name, [.. design.Points.Select(point => At(result, point, point.StepSeconds))], ChartMark.LineAndDots, i)),
            .. result.Designs.Take(1).Select((design, i) => new ChartSeries($"{design.Name}, no sum hidden", [.. design.Points.Select(point => At(result, point, point.UnhiddenStepSeconds))], ChartMark.Line, i, IsDashed: true)),
        ],
        Width = 720,
        Height = 360,
    };

    private static ChartPoint At(ScalingResult result, ScalingPoint point, double seconds) => new(point.Workers, result.LocalBatch / seconds);
}
