using System.Globalization;
using System.Text;

namespace Dlrm.CommandLine.Bench;

/// <summary>Writes the comparison with the peers as one page.</summary>
internal static class PeersReport
{
    /// <summary>Writes bench.md.</summary>
    /// <param name="result">The comparison.</param>
    /// <param name="folder">Where.</param>
    /// <returns>The path.</returns>
    internal static string Save(PeersResult result, string folder)
    {
        Directory.CreateDirectory(folder);
        string path = Path.Combine(folder, "bench.md");
        File.WriteAllText(path, Text(result));
        return path;
    }

    /// <summary>Makes the page.</summary>
    /// <param name="result">The comparison.</param>
    /// <returns>Markdown.</returns>
    internal static string Text(PeersResult result)
    {
        StringBuilder text = new();
        (int hold, int fail, int open) = result.Count();
        text.AppendLine("# Speed beside other programs").AppendLine();
        Line(text, $"Command: `{result.Command}`. Code: {result.Version}. {result.Machine}; {result.Device}.");
        Line(text, $"Peers: {string.Join("; ", result.Peers.DefaultIfEmpty("none"))}. Load average at the start {(result.Load.Length > 0 ? result.Load : "unknown")}; {result.Seconds:0} s in all.");
        foreach (Peers.MissingPeer missing in result.Missing)
        {
            Line(text, $"**{missing.Name} is missing** ({missing.Reason}): `{missing.Remedy}`; rows with it are not measured.");
        }

        text.AppendLine();
        Line(text, $"{hold} demands hold, {fail} do not, {open} are not measured or not asked. Every number is the median of {result.Rounds} rounds in which all sides had their turn, A B C A B C …; a turn begins with 0.06 s that do not count, then the median of its repetitions counts.");
        Line(text, $"This run's rates: {result.Sgemm:0.0} GFLOP/s sgemm 1024³ on one thread ({(result.Missing.Any(peer => peer.Name == SideNames.OpenBlas) ? "ours" : "OpenBLAS")}), {result.Peaks.MultiplyAdd:0.0} of fused multiply-adds on registers a processor, {result.Peaks.Sgemm:0.0} our sgemm with all threads; {result.Peaks.Copy:0.0} GB/s read and written by a copy.");
        text.AppendLine("Same work: all sides read the same ids and cores, and a number computed from the results must agree to 0.1 %, else the run stops. Grouping of ids is part of our time.");
        text.AppendLine("PyTorch runs with `OMP_WAIT_POLICY=PASSIVE OPENBLAS_THREAD_TIMEOUT=16`, its best: as installed, its idle OpenMP and OpenBLAS threads spin on the processors that the others need,\nand whole steps take twice as long and more. After a turn with more threads than one, the next side waits until the peer is idle.");
        text.AppendLine("GFLOP/s: peers compute every id alone, and that is what is counted for them; for us every distinct prefix once, which is what we compute. A ratio *implies* the rate that");
        text.AppendLine("we would need to reach it; a demand that implies more than 60 % of this run's sgemm is not asked, and says so.");
        Means(text, result);
        foreach (IGrouping<string, ContestResult> group in result.Rows.GroupBy(row => row.Group))
        {
            Group(text, group, result.Sgemm);
        }

        return text.ToString();
    }

    private static void Means(StringBuilder text, PeersResult result)
    {
        text.AppendLine().AppendLine("## Over all rows").AppendLine();
        text.AppendLine("| | measured | asked | holds |").AppendLine("|---|---:|---:|---|");
        foreach (MeanResult mean in result.Means)
        {
            Line(text, $"| {mean.Group}: geometric mean of {mean.Rows} ratios to {mean.Slow} | {mean.Ratio:0.00}× | {mean.AtLeast:0.0#}× | {Verdict(mean.Holds)} |");
        }

        if (result.ShareOfSgemm is double share)
        {
            Line(text, $"| TTM forward, rank 32, batch 8192, uniform: share of this run's sgemm rate | {100 * share:0} % | 40 % | {Verdict(share >= 0.4)} |");
        }

        if (result.PeakBytes is long bytes)
        {
            Line(text, $"| peak memory of the whole training process, Kaggle configuration, gauge moves and pruning included | {bytes / 1e6:0} MB | at most {PeakMemory.AtMost / 1e6:0} MB | {Verdict(bytes <= PeakMemory.AtMost)} |");
        }
    }

    private static void Group(StringBuilder text, IGrouping<string, ContestResult> group, double sgemm)
    {
        string[] sides = [.. group.SelectMany(row => row.Sides).Select(side => side.Name).Distinct()];
        bool isCounted = group.SelectMany(row => row.Sides).Any(side => side.GigaFlops > 0);
        text.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"## {group.Key}").AppendLine();
        text.AppendLine("| | " + string.Join(" | ", sides.Select(side => isCounted ? $"{side}: ms (GFLOP/s)" : $"{side}: ms")) + (isCounted ? " | ours, of sgemm" : string.Empty) + " | ratios: measured (asked) |");
        text.AppendLine("|---|" + string.Concat(Enumerable.Repeat("---:|", sides.Length + (isCounted ? 1 : 0))) + "---|");
        foreach (ContestResult row in group)
        {
            string times = string.Join(" | ", sides.Select(name => row.Side(name) is SideResult side ? Time(side, isCounted) : "–"));
            string own = !isCounted ? string.Empty : row.Sides[0].GigaFlops > 0 ? string.Create(CultureInfo.InvariantCulture, $" | {100 * row.Sides[0].GigaFlops / sgemm:0} %") : " | –";
            Line(text, $"| {row.Case} | {times}{own} | {string.Join("; ", row.Demands.Select(demand => Ratio(demand, sgemm)))} |");
        }
    }

    private static string Time(SideResult side, bool isCounted)
    {
        string milliseconds = side.Median.ToString(side.Median < 10 ? "0.000" : "0.0", CultureInfo.InvariantCulture);
        return isCounted && side.GigaFlops > 0 ? string.Create(CultureInfo.InvariantCulture, $"{milliseconds} ({side.GigaFlops:0.0})") : milliseconds;
    }

    private static string Ratio(DemandResult demand, double sgemm)
    {
        if (demand.Ratio is not double ratio)
        {
            return $"{demand.Slow}: not measured";
        }

        string implied = demand.ImpliedGigaFlops > 0 ? string.Create(CultureInfo.InvariantCulture, $", implies {demand.ImpliedGigaFlops:0.0} GFLOP/s") : string.Empty;
        string asked = demand.IsAsked ? Verdict(demand.Holds == true) : string.Create(CultureInfo.InvariantCulture, $"not asked: {100 * demand.ImpliedGigaFlops / sgemm:0} % of sgemm");
        return string.Create(CultureInfo.InvariantCulture, $"{demand.Slow} / {demand.Fast} {ratio:0.00}× ({demand.AtLeast:0.0#}×{implied}) {asked}");
    }

    private static string Verdict(bool holds) => holds ? "holds" : "**does not hold**";

    private static void Line(StringBuilder text, FormattableString line) => text.AppendLine(line.ToString(CultureInfo.InvariantCulture));
}
