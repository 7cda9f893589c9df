using System.Globalization;
using System.Text;
using System.Text.Json;
using Dlrm.CommandLine.Commands;
using Dlrm.CommandLine.Configuration;
using Dlrm.CommandLine.Hosting;
using Dlrm.CommandLine.Runs;
using Dlrm.Reporting;
using Dlrm.Training;
using Spectre.Console;

namespace Dlrm.CommandLine.Experiments;

/// <summary>Shows the results of an experiment: a table on the terminal, Markdown and a chart for the documents.</summary>
/// <param name="plan">The plan.</param>
/// <param name="summaries">One a variant.</param>
internal sealed class ExperimentReport(ExperimentPlan plan, IReadOnlyList<VariantSummary> summaries)
{
    private static readonly string[] Headings = ["model", "test AUC", "against first", "log loss (nats)", "NE", "whole model", "smaller", "rows/s"];

    /// <summary>Prints the table.</summary>
    /// <param name="terminal">Where.</param>
    internal void Print(Terminal terminal)
    {
        Table table = SharedOptions.NewTable(Headings);
        foreach (VariantSummary summary in summaries)
        {
            table.AddRow([.. Cells(summary).Select(Markup.Escape)]);
        }

        terminal.Results.Write(table);
    }

    /// <summary>Gives the numbers to programs.</summary>
    /// <returns>One JSON object.</returns>
    internal string ToJson() => JsonSerializer.Serialize(Numbers(), OptionsJson.Line);

    /// <summary>Gives the numbers, to be serialised.</summary>
    /// <returns>Title, seeds and one object a variant.</returns>
    internal object Numbers() => new
    {
        plan.Title,
        plan.Seeds,
        Variants = summaries.Select(summary => new
        {
            summary.Variant.Name,
            Auc = new { summary.Auc.Mean, summary.Auc.Deviation },
            LogLoss = new { summary.LogLoss.Mean, summary.LogLoss.Deviation },
            NormalizedEntropy = new { summary.NormalizedEntropy.Mean, summary.NormalizedEntropy.Deviation },
            summary.ModelBytes,
            summary.SamplesPerSecond,
            Ranks = summary.Runs.Select(run => run.Tables.Where(t => t.Ranks is not null).ToDictionary(t => t.Name, t => t.Ranks)),
        }),
    };

    /// <summary>Writes name.md and name.svg.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="name">The name of the experiment.</param>
    /// <param name="command">The command line that reproduces it.</param>
    internal void Save(string folder, string name, string command)
    {
        Directory.CreateDirectory(folder);
        SaveChart(folder, name);
        string text = $"# {Section(name)}\nReproduce: `{command}`\n\nMachine: {MachineText}\n{Details()}";
        RunFolder.WriteWhole(Path.Combine(folder, name + ".md"), text);
    }

    /// <summary>Writes name.svg.</summary>
    /// <param name="folder">The folder, which is there.</param>
    /// <param name="name">The name of the experiment.</param>
    internal void SaveChart(string folder, string name) => ExperimentChart.Make(plan.Title, summaries).Save(Path.Combine(folder, name + ".svg"));

    /// <summary>Gets the machine and the version that made the first run.</summary>
    internal string MachineText => summaries[0].Runs[0].Machine;

    /// <summary>Makes the rows of an HTML report.</summary>
    /// <returns>One row a variant.</returns>
    internal IReadOnlyList<ResultRow> Rows() =>
        [.. summaries.Select(summary => new ResultRow(summary.Variant.Label, summary.Auc.Mean, summary.LogLoss.Mean, summary.NormalizedEntropy.Mean, summary.ModelBytes, summary.Auc.Deviation))];

    private static string PlusMinus((double Mean, double Deviation) value, int runs) =>
        runs > 1 && double.IsFinite(value.Mean) ? $"{Format.Metric(value.Mean)} ± {Format.Metric(value.Deviation)}" : Format.Metric(value.Mean);

    private string[] Cells(VariantSummary summary)
    {
        VariantSummary first = summaries[0];
        double difference = summary.Auc.Mean - first.Auc.Mean;
        return
        [
            summary.Variant.Label,
            PlusMinus(summary.Auc, summary.Runs.Count),
            ReferenceEquals(summary, first) ? "–" : Format.Difference(difference),
            PlusMinus(summary.LogLoss, summary.Runs.Count),
            PlusMinus(summary.NormalizedEntropy, summary.Runs.Count),
            Format.Bytes(summary.ModelBytes),
            Format.Ratio(first.ModelBytes, summary.ModelBytes),
            Format.Count((long)summary.SamplesPerSecond),
        ];
    }

    /// <summary>Writes title, paragraph, table and picture.</summary>
    /// <param name="name">The name of the experiment, and of its picture.</param>
    /// <returns>Markdown from the title on, without the marks of a heading.</returns>
    internal string Section(string name)
    {
        RunResult any = summaries[0].Runs[0];
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"{plan.Title}\n\n{plan.About}\n\n");
        text.Append("| ").AppendJoin(" | ", Headings).Append(" |\n|---|").Append(string.Concat(Enumerable.Repeat("---:|", Headings.Length - 1))).Append('\n');
        foreach (VariantSummary summary in summaries)
        {
            text.Append("| ").AppendJoin(" | ", Cells(summary)).Append(" |\n");
        }

        text.Append(CultureInfo.InvariantCulture, $"\nMean ± standard deviation over seeds {string.Join(", ", plan.Seeds)}; {Format.Count(any.Test?.Samples ?? 0)} test rows. ");
        text.Append("Whole-model bytes count both MLPs and all tables as they are stored; ");
        text.Append(any.VocabularyBytes > 0 ? $"the vocabulary ({Format.Bytes(any.VocabularyBytes)} on disk) is the same for all and not counted.\n" : "there is no vocabulary.\n");
        text.Append(CultureInfo.InvariantCulture, $"\n![test AUC over bytes]({name}.svg)\n");
        return text.ToString();
    }

    /// <summary>Writes the ranks found and the plan, folded away.</summary>
    /// <returns>Markdown.</returns>
    internal string Details()
    {
        StringBuilder text = new();
        if (summaries.Any(HasRanks))
        {
            text.Append(CultureInfo.InvariantCulture, $"\n<details><summary>Ranks, {plan.Title}</summary>\n");
            AppendRanks(text);
            text.Append("\n</details>\n");
        }

        text.Append(CultureInfo.InvariantCulture, $"\n<details><summary>Plan, {plan.Title}</summary>\n\n```json\n{JsonSerializer.Serialize(plan, OptionsJson.Indented)}\n```\n\n</details>\n");
        return text.ToString();
    }

    private static bool HasRanks(VariantSummary summary) => summary.Runs[0].Tables.Any(table => table.Ranks is not null);

    private void AppendRanks(StringBuilder text)
    {
        foreach (VariantSummary summary in summaries.Where(HasRanks))
        {
            text.Append(CultureInfo.InvariantCulture, $"\n{summary.Variant.Label}:\n\n| table | stored as | ").AppendJoin(" | ", plan.Seeds.Select(seed => $"seed {seed}"));
            text.Append(" |\n|---|---|").Append(string.Concat(Enumerable.Repeat("---|", plan.Seeds.Count))).Append('\n');
            foreach (TableReport table in summary.Runs[0].Tables.Where(table => table.Ranks is not null))
            {
                text.Append(CultureInfo.InvariantCulture, $"| {table.Name} | {table.Description} | ");
                text.AppendJoin(" | ", summary.Runs.Select(run => Format.Ranks(run.Tables.First(other => other.Name == table.Name).Ranks))).Append(" |\n");
            }
        }
    }
}
