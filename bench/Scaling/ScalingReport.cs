using System.Diagnostics;
using System.Globalization;
using System.Text;
using Dlrm.Bench.Scale;
using Dlrm.CommandLine.Bench;
using Dlrm.Numerics.Cpu;

namespace Dlrm.Bench.Scaling;

/// <summary>Measures how the time of a TT-matrix lookup depends on rows, TT rank, order, batch and duplicates, and writes it down with two pictures.</summary>
internal static class ScalingReport
{
    private const string Chart = "scaling.svg";
    private const string Roofline = "roofline.svg";

    /// <summary>Measures everything; prints it, and writes it to a file with its pictures beside it.</summary>
    /// <param name="path">The file.</param>
    internal static void Write(string path)
    {
        long start = Stopwatch.GetTimestamp();
        MachinePeaks peaks = MachinePeaks.Measure(1, TimeProvider.System);
        CopyRates rates = new();
        ScalingLimits limits = new(peaks, rates);
        (ScalingSweep Sweep, Func<IReadOnlyList<ScalingResult>, string> Limits)[] sweeps =
        [
            (ScalingSweep.OfRows, limits.Rows),
            (ScalingSweep.OfRanks, limits.Ranks),
            (ScalingSweep.OfOrders, limits.Orders),
            (ScalingSweep.OfBatches, limits.Batches),
            (ScalingSweep.OfDuplicates, limits.Duplicates),
        ];
        using CpuDevice device = new(1);
        List<(ScalingSweep Sweep, IReadOnlyList<ScalingResult> Results)> measured = [];
        StringBuilder tables = new();
        foreach ((ScalingSweep sweep, Func<IReadOnlyList<ScalingResult>, string> words) in sweeps)
        {
            IReadOnlyList<ScalingResult> results = sweep.Measure(device);
            measured.Add((sweep, results));
            AddSweep(tables, sweep, results, limits);
            tables.AppendLine(words(results)).AppendLine();
        }

        StringBuilder text = new();
        AddHeading(text, peaks, rates, Stopwatch.GetElapsedTime(start));
        text.Append(tables);
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        Directory.CreateDirectory(folder);
        File.WriteAllText(path, text.ToString());
        ChartGrid.Save(Path.Combine(folder, Chart), "Time per lookup in five sweeps", [.. measured.Select(pair => ScalingChart.Make(pair.Sweep, pair.Results))], across: 2);
        RooflineChart roofline = new(peaks, rates, measured[1].Results, measured[3].Results);
        ChartGrid.Save(Path.Combine(folder, Roofline), "Roofline of lookups and steps", [roofline.Forward(), roofline.Step()], across: 1);
        Console.Write(text.ToString());
    }

    private static void AddHeading(StringBuilder text, MachinePeaks peaks, CopyRates rates, TimeSpan elapsed)
    {
        ScalingPoint point = new() { Label = string.Empty, Value = 0 };
        text.AppendLine("# Scaling");
        text.AppendLine();
        text.AppendLine(CultureInfo.InvariantCulture, $"Command: `dotnet run -c Release --project bench -- scaling` ({elapsed.TotalMinutes:F1} minutes). Code: {ScaleReport.Version()}. One thread on {ScaleReport.Machine()}.");
        text.AppendLine(CultureInfo.InvariantCulture, $"A TT-matrix table of {point.Rows:N0} × {ScalingPoint.EmbeddingDim}, order {point.Order}, TT ranks {point.BondRank}, balanced modes, fixed ranks, means in use; batches of {point.Batch} uniform ids, one a bag.");
        text.AppendLine(CultureInfo.InvariantCulture, $"Each sweep varies one of these. Its points are timed in turn, round by round; medians of {ScalingSweep.Rounds} turns after a warm-up. A point that two sweeps share is timed in both.");
        text.AppendLine();
        text.AppendLine(CultureInfo.InvariantCulture, $"The machine, measured in the same run: multiply-adds {peaks.MultiplyAdd:F0} GFLOP/s, matrix product {peaks.Sgemm:F0} GFLOP/s, copies (read and written, source and destination together) {string.Join(", ", rates.All.Select(rate => string.Create(CultureInfo.InvariantCulture, $"{Size(rate.Bytes)} {rate.Rate:F0}")))} GB/s.");
        text.AppendLine();
        text.AppendLine($"![Time per lookup in five sweeps]({Chart})");
        text.AppendLine();
        text.AppendLine($"![Roofline]({Roofline})");
        text.AppendLine();
        text.AppendLine("Columns: *forward* and *step* (forward, backward, SGD) are nanoseconds per lookup, an id of the batch; *grouping* is the part of forward that sorts ids and finds the distinct ones,");
        text.AppendLine("*sweep* the part of a step that clears gradients and updates all entries, whatever the batch. Multiply-adds are those computed: equal prefixes and rows once. Bytes are the least that");
        text.AppendLine("forward must touch: slabs of distinct digits once, interfaces written and read, unique rows written and read, the output, ids. Step: three times the multiply-adds; the bytes of forward,");
        text.AppendLine("those with gradients, and four passes over all entries. *Of peak*: against multiply-adds. *Of copies*: bytes a second against copies of as many bytes. *Nearest limit*: the largest of");
        text.AppendLine("arithmetic, traffic and grouping; below 40 % it is none of them, and what remains is not measured apart: the tree of prefixes, addresses, short products, scattered rows and pooling.");
        text.AppendLine();
    }

    private static void AddSweep(StringBuilder text, ScalingSweep sweep, IReadOnlyList<ScalingResult> results, ScalingLimits limits)
    {
        text.AppendLine($"## {sweep.Title}");
        text.AppendLine();
        text.AppendLine(CultureInfo.InvariantCulture, $"| {sweep.Axis} | modes | stored bytes | forward: ns | grouping: ns | step: ns | sweep: ns | multiply-adds/lookup | bytes/lookup | FLOP/byte | GFLOP/s | of peak | of copies | step: FLOP/byte | step: GFLOP/s | nearest limit (forward) |");
        text.AppendLine("|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---|");
        foreach (ScalingResult result in results)
        {
            int batch = result.Point.Batch;
            LookupCost cost = result.Cost;
            text.AppendLine(
                CultureInfo.InvariantCulture,
                $"| {result.Point.Label} | {Modes(cost.Shape.RowModes)} / {Modes(cost.Shape.ColumnModes)} | {cost.StoredBytes:N0} | {Time(result.ForwardLookup)} | {Time(result.Grouping / batch)} | {Time(result.StepLookup)} | {Time(result.Sweep / batch)} | {cost.MultiplyAdds / batch:F0} | {cost.Bytes / batch:F0} | {result.ForwardIntensity:F2} | {result.ForwardFlops:F1} | {100 * limits.Arithmetic(result):F0} % | {100 * limits.Traffic(result):F0} % | {result.StepIntensity:G3} | {result.StepFlops:G3} | {limits.Nearest(result)} |");
        }

        text.AppendLine();
    }

    private static string Modes(ReadOnlySpan<int> modes) => string.Join('·', modes.ToArray());

    private static string Time(double nanoseconds) => nanoseconds.ToString(nanoseconds < 10 ? "F1" : "F0", CultureInfo.InvariantCulture);

    private static string Size(int bytes) => bytes >= 1 << 20 ? $"{bytes >> 20} MiB" : $"{bytes >> 10} KiB";
}
