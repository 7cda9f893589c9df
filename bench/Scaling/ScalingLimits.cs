using System.Globalization;
using Dlrm.CommandLine.Bench;

namespace Dlrm.Bench.Scaling;

/// <summary>Says in words what limits the points of a sweep; every number is from the results.</summary>
/// <param name="peaks">The arithmetic of the machine.</param>
/// <param name="rates">Its copies.</param>
internal sealed class ScalingLimits(MachinePeaks peaks, CopyRates rates)
{
    private const double Near = 0.4;

    /// <summary>Gets the share of the arithmetic that the machine can do.</summary>
    /// <param name="result">The result.</param>
    /// <returns>A share.</returns>
    internal double Arithmetic(ScalingResult result) => result.ForwardFlops / peaks.MultiplyAdd;

    /// <summary>Gets the share of the bytes that copies of as many bytes move.</summary>
    /// <param name="result">The result.</param>
    /// <returns>A share.</returns>
    internal double Traffic(ScalingResult result) => result.ForwardTraffic / rates.Of(result.Cost.Bytes);

    /// <summary>Names what a forward pass is nearest to.</summary>
    /// <param name="result">The result.</param>
    /// <returns>A few words with a number.</returns>
    internal string Nearest(ScalingResult result)
    {
        (string Name, double Share)[] limits = [("arithmetic", Arithmetic(result)), ("traffic", Traffic(result)), ("grouping", result.GroupingShare)];
        (string name, double share) = limits.MaxBy(limit => limit.Share);
        return share < Near ? $"none ({name} {Percent(share)})" : $"{name} {Percent(share)}";
    }

    /// <summary>Says what limits the sweep over rows.</summary>
    /// <param name="results">The results.</param>
    /// <returns>Sentences.</returns>
    internal string Rows(IReadOnlyList<ScalingResult> results)
    {
        (ScalingResult first, ScalingResult last) = (results[0], results[^1]);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"From {first.Point.Label} to {last.Point.Label} rows a lookup takes {last.ForwardLookup / first.ForwardLookup:F1} times as long, and the table is {last.Cost.StoredBytes / (double)first.Cost.StoredBytes:F0} times as large. The time does not follow the rows but what ids share: with more rows fewer ids have a prefix in common, so that a lookup needs {PerLookup(first, first.Cost.MultiplyAdds):F0} → {PerLookup(last, last.Cost.MultiplyAdds):F0} multiply-adds and {PerLookup(first, first.Cost.Bytes):F0} → {PerLookup(last, last.Cost.Bytes):F0} bytes. Nearest limit: {Nearest(first)} in the smallest table, {Nearest(last)} in the largest. Of a step there, {Percent(last.SweepShare)} is the sweep over all entries.");
    }

    /// <summary>Says what limits the sweep over ranks.</summary>
    /// <param name="results">The results.</param>
    /// <returns>Sentences.</returns>
    internal string Ranks(IReadOnlyList<ScalingResult> results)
    {
        (ScalingResult first, ScalingResult before, ScalingResult last) = (results[0], results[^2], results[^1]);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"At rank {first.Point.Label} a lookup has {PerLookup(first, first.Cost.MultiplyAdds):F0} multiply-adds, which would take {first.ForwardLookup * Arithmetic(first):F0} of its {first.ForwardLookup:F0} ns; {first.Grouping / first.Point.Batch:F0} ns are sorting, the rest (not measured apart) is the tree, addresses, short products and pooling: small ranks are limited by work that does not depend on the rank. At rank {last.Point.Label} arithmetic is {Percent(Arithmetic(last))} of the peak, and the last doubling of the rank costs {last.ForwardLookup / before.ForwardLookup:F1} times the time for {last.Cost.MultiplyAdds / before.Cost.MultiplyAdds:F1} times the multiply-adds. Of a step, the sweep over all entries is {Percent(first.SweepShare)} at rank {first.Point.Label} and {Percent(last.SweepShare)} at rank {last.Point.Label}.");
    }

    /// <summary>Says what limits the sweep over orders.</summary>
    /// <param name="results">The results.</param>
    /// <returns>Sentences.</returns>
    internal string Orders(IReadOnlyList<ScalingResult> results)
    {
        (ScalingResult first, ScalingResult last) = (results[0], results[^1]);
        ScalingResult least = results.MinBy(result => result.ForwardLookup)!;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"Order {first.Point.Label} has {PerLookup(first, first.Cost.MultiplyAdds):F0} multiply-adds a lookup, for it has no middle core; order {last.Point.Label} {PerLookup(last, last.Cost.MultiplyAdds):F0}; stored bytes go from {first.Cost.StoredBytes / 1e6:F2} to {last.Cost.StoredBytes / 1e6:F2} MB. Fastest: order {least.Point.Label}. Nearest limit: {Nearest(first)} at order {first.Point.Label}, {Nearest(last)} at order {last.Point.Label}; every more core adds a level of the tree and interfaces that are written and read ({PerLookup(first, first.Cost.Bytes):F0} → {PerLookup(last, last.Cost.Bytes):F0} bytes a lookup).");
    }

    /// <summary>Says what limits the sweep over batch sizes.</summary>
    /// <param name="results">The results.</param>
    /// <returns>Sentences.</returns>
    internal string Batches(IReadOnlyList<ScalingResult> results)
    {
        (ScalingResult first, ScalingResult last) = (results[0], results[^1]);
        ScalingResult least = results.MinBy(result => result.ForwardLookup)!;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"A batch of one takes {first.Forward:F0} ns where its multiply-adds need {first.Forward * Arithmetic(first):F0}: small batches are limited by the call itself, whose cost {results[1].Point.Label} ids share already ({results[1].ForwardLookup:F0} ns each). Large ones read each slab once and share prefixes ({PerLookup(first, first.Cost.Bytes):F0} → {PerLookup(last, last.Cost.Bytes):F0} bytes and {PerLookup(first, first.Cost.MultiplyAdds):F0} → {PerLookup(last, last.Cost.MultiplyAdds):F0} multiply-adds a lookup); fastest: {least.Point.Label}.{Scattered(least, last)} A step clears and updates all {first.Cost.Shape.Parameters} entries whatever the batch: {Percent(first.SweepShare)} of the step of a batch of one, {Percent(last.SweepShare)} of that of {last.Point.Label}.");
    }

    /// <summary>Says what limits the sweep over duplicates.</summary>
    /// <param name="results">The results.</param>
    /// <returns>Sentences.</returns>
    internal string Duplicates(IReadOnlyList<ScalingResult> results)
    {
        (double idForward, double rowForward) = Line(results, result => result.ForwardLookup);
        (double idStep, double rowStep) = Line(results, result => result.StepLookup);
        ScalingResult last = results[^1];
        return string.Create(
            CultureInfo.InvariantCulture,
            $"A line through the times, by least squares: forward {idForward:F0} ns an id and {rowForward:F0} ns a distinct row; a step {idStep:F0} ns an id (its sweep over all entries is {last.Sweep / last.Point.Batch:F0} of them) and {rowStep:F0} ns a distinct row. What duplicates leave is the cost of an id, sorting and pooling: with {last.Point.Label} distinct, grouping is {Percent(last.GroupingShare)} of a forward pass.");
    }

    private string Scattered(ScalingResult least, ScalingResult last) => least == last
        ? string.Create(CultureInfo.InvariantCulture, $" Nearest limit there: {Nearest(last)}.")
        : string.Create(
            CultureInfo.InvariantCulture,
            $" A lookup in a batch of {last.Point.Label} takes {last.ForwardLookup / least.ForwardLookup:F1} times as long: a batch touches {last.Cost.Bytes / 1e6:F1} instead of {least.Cost.Bytes / 1e6:F1} MB, and rows that share a slab are scattered over it; it reaches {Percent(Arithmetic(last))} of the arithmetic and {Percent(Traffic(last))} of the copies, so neither limits it; scattered access is the likely cause, not measured apart.");

    private static double PerLookup(ScalingResult result, double number) => number / result.Point.Batch;

    private static string Percent(double share) => string.Create(CultureInfo.InvariantCulture, $"{100 * share:F0} %");

    /// <summary>Fits time per id = a + b · distinct share.</summary>
    private static (double Intercept, double Slope) Line(IReadOnlyList<ScalingResult> results, Func<ScalingResult, double> time)
    {
        double x = results.Average(result => result.Point.DistinctShare);
        double y = results.Average(time);
        double slope = results.Sum(result => (result.Point.DistinctShare - x) * (time(result) - y)) / results.Sum(result => Math.Pow(result.Point.DistinctShare - x, 2));
        return (y - (slope * x), slope);
    }
}
