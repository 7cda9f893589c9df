using System.Globalization;
using System.Text;
using System.Text.Json;
using Dlrm.CommandLine.Configuration;
using Dlrm.CommandLine.Hosting;
using Dlrm.CommandLine.Runs;
using Spectre.Console;

namespace Dlrm.CommandLine.Experiments;

/// <summary>Writes the results of the experiment "recovery": one line for each format, order, noise and method.</summary>
/// <param name="plan">The plan.</param>
/// <param name="trials">Its trials.</param>
internal sealed class RecoveryReport(RecoveryPlan plan, IReadOnlyList<RecoveryTrial> trials)
{
    private static readonly string[] Headings = ["format", "order", "noise", "method", "exact", "entries / truth", "largest", "error / told", "largest"];

    private readonly Dictionary<(RecoveryCase, string), double> _errors = trials.ToDictionary(trial => trial.Key, trial => trial.UnseenError);

    /// <summary>Prints the table.</summary>
    /// <param name="terminal">Where.</param>
    internal void Print(Terminal terminal)
    {
        Table table = new() { Border = TableBorder.Rounded };
        foreach (string heading in Headings)
        {
            table.AddColumn(new TableColumn(heading));
        }

        foreach (string[] cells in Rows())
        {
            table.AddRow([.. cells.Select(Markup.Escape)]);
        }

        terminal.Results.Write(table);
    }

    /// <summary>Writes all trials as JSON.</summary>
    /// <returns>The text.</returns>
    internal string ToJson() => JsonSerializer.Serialize(new { plan, trials }, OptionsJson.Indented);

    /// <summary>Writes the page.</summary>
    /// <param name="folder">Where.</param>
    /// <param name="command">The command that made it.</param>
    internal void Save(string folder, string command)
    {
        Directory.CreateDirectory(folder);
        RunFolder.WriteWhole(Path.Combine(folder, RecoveryPlan.Name + ".md"), Markdown(command));
    }

    private static IEnumerable<RecoveryTrial[]> Cells(IEnumerable<RecoveryTrial> trials) =>
        trials.GroupBy(trial => (trial.Format, trial.Order, trial.Noise)).Select(cell => cell.ToArray());

    private IEnumerable<string[]> Rows() =>
        from cell in Cells(trials)
        from method in RecoveryMethod.All
        let fits = cell.Where(trial => trial.Method == method.Name).ToArray()
        where fits.Length > 0
        let ratios = fits.Select(ErrorRatio).ToArray()
        select (string[])
        [
            fits[0].Format.ToString().ToLowerInvariant(), Number(fits[0].Order), Number(fits[0].Noise), method.Label, $"{fits.Count(trial => trial.IsExact)} of {fits.Length}",
            Ratio(fits.Average(trial => trial.Size)), Ratio(fits.Max(trial => trial.Size)), Ratio(ratios.Average()), Ratio(ratios.Max()),
        ];

    private static string Number(double value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Ratio(double value) => value.ToString(value < 10 ? "F3" : "F1", CultureInfo.InvariantCulture);

    private double ErrorRatio(RecoveryTrial trial) => trial.UnseenError / _errors[(trial.Key.Case, RecoveryMethod.Told.Name)];

    private string Markdown(string command)
    {
        StringBuilder text = new();
        text.Append("# Ranks of planted tensors, found and told\n\n");
        text.Append("Random tensors of every format, entries of unit mean square, half of the rows seen under Gaussian noise. A fit starts at 2, 3 or 4 times the true ranks\n");
        text.Append("(by seed; ranks differ between seeds and bonds) and is compared with the best of three fits that are told them. *exact*: all ranks are the true ones.\n");
        text.Append("*error / told*: root mean square error on unseen rows over that of the told fit. The ranks of a ring are not identifiable: its entries count.\n");
        text.Append("The first line of each cell is the method in use; the others are controls: components removed by their λ (below 0.001 of the bond's largest) instead\n");
        text.Append("of by evidence, and no gauge moves.\n\n");
        text.Append("| ").AppendJoin(" | ", Headings).Append(" |\n|---|---:|---:|---|---:|---:|---:|---:|---:|\n");
        foreach (string[] cells in Rows())
        {
            text.Append("| ").AppendJoin(" | ", cells).Append(" |\n");
        }

        AppendMisses(text);
        text.Append(CultureInfo.InvariantCulture, $"\nSeeds 0 to {plan.Seeds - 1}, controls 0 to {plan.ControlSeeds - 1}; svi, log-uniform prior, KL weight 1, Adam 0.02, {plan.Steps} steps of 256 rows.\n");
        text.Append(CultureInfo.InvariantCulture, $"\nReproduce: `{command}`\n\nMachine: {Machine.Describe()}; dlrm {Machine.Version}\n");
        return text.ToString();
    }

    private void AppendMisses(StringBuilder text)
    {
        RecoveryTrial[] misses = [.. trials.Where(trial => trial.Method == RecoveryMethod.All[0].Name && !trial.IsExact)];
        text.Append(CultureInfo.InvariantCulture, $"\nWith {RecoveryMethod.All[0].Label}, {misses.Length} fits did not find all ranks{(misses.Length == 0 ? "." : ":\n\n| format | order | noise | seed | start | true | found | entries / truth | error / told |\n|---|---:|---:|---:|---|---|---|---:|---:|")}\n");
        foreach (RecoveryTrial miss in misses)
        {
            text.Append(CultureInfo.InvariantCulture, $"| {miss.Format.ToString().ToLowerInvariant()} | {miss.Order} | {miss.Noise} | {miss.Seed} | {Format.Ranks(miss.Start)} | {Format.Ranks(miss.True)} | {Format.Ranks(miss.Found)} | {Ratio(miss.Size)} | {Ratio(ErrorRatio(miss))} |\n");
        }
    }
}
