using Dlrm.CommandLine.Bench;
using Dlrm.Reporting;

namespace Dlrm.Bench.Scaling;

/// <summary>Draws GFLOP/s over FLOP per byte beneath the roof of this machine.</summary>
/// <param name="peaks">The arithmetic of the machine.</param>
/// <param name="rates">Its copies.</param>
/// <param name="ranks">The results of the sweep over ranks.</param>
/// <param name="batches">The results of the sweep over batch sizes.</param>
internal sealed class RooflineChart(MachinePeaks peaks, CopyRates rates, IReadOnlyList<ScalingResult> ranks, IReadOnlyList<ScalingResult> batches)
{
    /// <summary>Makes the chart of forward passes.</summary>
    /// <returns>The chart.</returns>
    internal SvgChart Forward() => Make("Roofline: forward, one thread", result => result.ForwardIntensity, result => result.ForwardFlops);

    /// <summary>Makes the chart of whole steps.</summary>
    /// <returns>The chart.</returns>
    internal SvgChart Step() => Make("Roofline: forward + backward + SGD, one thread", result => result.StepIntensity, result => result.StepFlops);

    private static IReadOnlyList<ChartPoint> Roof(double peak, double rate, double low, double high) => [new(low, rate * low), new(peak / rate, peak), new(high, peak)];

    private SvgChart Make(string title, Func<ScalingResult, double> intensity, Func<ScalingResult, double> flops)
    {
        double cache = rates.Of(CopyRates.SecondLevel);
        double memory = rates.Of(CopyRates.Memory);

        // The base point is in both sweeps and is drawn once.
        ScalingResult[] others = [.. batches.Where(result => result.Point.Batch != ranks[0].Point.Batch)];
        double low = ranks.Concat(others).Min(intensity) / 2;
        double high = 3 * Math.Max(peaks.MultiplyAdd / memory, ranks.Max(intensity));
        ChartPoint Point(ScalingResult result, string axis) => new(intensity(result), flops(result), $"{axis} {result.Point.Label}");
        return new SvgChart
        {
            Title = title,
            X = new ChartAxis("FLOP per byte touched at least", IsLogarithmic: true),
            Y = new ChartAxis("GFLOP/s", IsLogarithmic: true),
            Width = 860,
            Height = 480,
            Series =
            [
                new ChartSeries("TT rank, batch 8192", [.. ranks.Select(result => Point(result, "rank"))], ChartMark.Dots, 0),
                new ChartSeries("batch, TT rank 16", [.. others.Select(result => Point(result, "batch"))], ChartMark.Dots, 1),
                new ChartSeries($"{peaks.MultiplyAdd:F0} GFLOP/s, cache (L2) {cache:F0} GB/s", Roof(peaks.MultiplyAdd, cache, low, high), ChartMark.Line, 7),
                new ChartSeries($"the same, memory {memory:F0} GB/s", Roof(peaks.MultiplyAdd, memory, low, high), ChartMark.Line, 3, IsDashed: true),
            ],
        };
    }
}
