using System.Globalization;
using Dlrm.CommandLine.Bench.Peers;
using Dlrm.CommandLine.Commands;
using Dlrm.CommandLine.Hosting;
using Spectre.Console;

namespace Dlrm.CommandLine.Bench;

/// <summary>Shows people the comparison with the peers.</summary>
internal static class PeersTables
{
    /// <summary>Prints one line for every ratio, then the means.</summary>
    /// <param name="terminal">Where.</param>
    /// <param name="result">The comparison.</param>
    internal static void Print(Terminal terminal, PeersResult result)
    {
        foreach (IGrouping<string, ContestResult> group in result.Rows.GroupBy(row => row.Group))
        {
            Table table = SharedOptions.NewTable(group.Key, "ms", "GFLOP/s", "against", "ms", "ratio", "at least", "holds");
            foreach (ContestResult row in group)
            {
                AddRows(table, row);
            }

            terminal.Results.Write(table);
        }

        foreach (MeanResult mean in result.Means)
        {
            terminal.Output.WriteLine($"mean          {mean.Ratio.ToString("0.00", CultureInfo.InvariantCulture)}× {mean.Slow} (at least {Number(mean.AtLeast)}×: {Word(mean.Holds)}), {mean.Group}");
        }

        if (result.ShareOfSgemm is double share)
        {
            terminal.Output.WriteLine($"of sgemm      {Format.Share(share)} of {Number(result.Sgemm)} GFLOP/s (at least 40 %: {Word(share >= 0.4)}), TTM forward, rank 32, batch 8192, uniform");
        }

        if (result.PeakBytes is long bytes)
        {
            terminal.Output.WriteLine($"memory        {Format.Bytes(bytes)} at most in the training process (at most {Format.Bytes(PeakMemory.AtMost)}: {Word(bytes <= PeakMemory.AtMost)})");
        }

        (int hold, int fail, int open) = result.Count();
        terminal.Output.WriteLine($"demands       {hold} hold, {fail} do not, {open} not measured or not asked; {Format.Time(TimeSpan.FromSeconds(result.Seconds))} in all");
        foreach (MissingPeer missing in result.Missing)
        {
            terminal.Output.WriteLine($"missing       {missing.Name}: {missing.Reason}; install it with '{missing.Remedy}'");
        }
    }

    private static void AddRows(Table table, ContestResult row)
    {
        string name = Markup.Escape(row.Case);
        if (row.Demands.Count == 0)
        {
            foreach (SideResult side in row.Sides)
            {
                table.AddRow($"{name}, {side.Name}", Milliseconds(side), Number(side.GigaFlops), "–", "–", "–", "–", "–");
            }
        }

        foreach (DemandResult demand in row.Demands)
        {
            SideResult? fast = row.Side(demand.Fast);
            SideResult? slow = row.Side(demand.Slow);
            string of = demand.Fast == SideNames.Ours ? name : $"{name}: {Markup.Escape(demand.Fast)}";
            table.AddRow(
                of, fast is null ? "–" : Milliseconds(fast), fast is { GigaFlops: > 0 } ? Number(fast.GigaFlops) : "–", Markup.Escape(demand.Slow), slow is null ? "missing" : Milliseconds(slow),
                demand.Ratio is double ratio ? ratio.ToString("0.00", CultureInfo.InvariantCulture) + "×" : "–", demand.AtLeast.ToString("0.0#", CultureInfo.InvariantCulture) + "×",
                demand.Holds is bool holds ? Word(holds) : demand.IsAsked ? "–" : "not asked");
        }
    }

    private static string Milliseconds(SideResult side) => side.Median.ToString(side.Median < 10 ? "0.000" : "0.0", CultureInfo.InvariantCulture);

    private static string Number(double value) => value.ToString("0.0", CultureInfo.InvariantCulture);

    private static string Word(bool holds) => holds ? "yes" : "NO";
}
