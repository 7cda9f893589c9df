using System.Globalization;
using System.Text;
using System.Text.Json;
using Dlrm.CommandLine.Commands;
using Dlrm.CommandLine.Configuration;
using Dlrm.CommandLine.Hosting;
using Dlrm.CommandLine.Runs;
using Dlrm.Data.Synthetic;
using Dlrm.Reporting;
using Spectre.Console;

namespace Dlrm.CommandLine.Experiments;

/// <summary>Shows the results of an experiment over several teachers: what was found against what is true.</summary>
/// <param name="plan">The plan.</param>
/// <param name="outcomes">One a dataset.</param>
internal sealed class TeacherReport(ExperimentPlan plan, IReadOnlyList<TeacherOutcome> outcomes)
{
    private static readonly string[] Headings =
        ["teacher", "model", "test AUC", "against first", "best possible AUC", "sum of TT ranks", "teacher's", "table bytes", "teacher's own", "ratio"];

    /// <summary>Prints the table.</summary>
    /// <param name="terminal">Where.</param>
    internal void Print(Terminal terminal)
    {
        Table table = SharedOptions.NewTable(Headings);
        foreach (string[] row in Rows())
        {
            table.AddRow([.. row.Select(Markup.Escape)]);
        }

        terminal.Results.Write(table);
    }

    /// <summary>Gives the numbers to programs.</summary>
    /// <returns>One JSON object.</returns>
    internal string ToJson() => JsonSerializer.Serialize(
        new
        {
            plan.Title,
            plan.Seeds,
            Datasets = outcomes.Select(outcome => new
            {
                outcome.Dataset.Name,
                BestAuc = outcome.Teacher.Test.Auc,
                outcome.TeacherBytes,
                outcome.TeacherRankSum,
                Variants = outcome.Summaries.Select(summary => new
                {
                    summary.Variant.Name,
                    Auc = summary.Runs.Select(run => run.Test?.Auc),
                    TableBytes = summary.Runs.Select(outcome.FoundBytes),
                    RankSum = summary.Runs.Select(outcome.FoundRankSum),
                }),
            }),
        },
        OptionsJson.Line);

    /// <summary>Writes name.md and name.svg.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="name">The name of the experiment.</param>
    /// <param name="command">The command line that reproduces it.</param>
    internal void Save(string folder, string name, string command)
    {
        Directory.CreateDirectory(folder);
        Chart().Save(Path.Combine(folder, name + ".svg"));
        RunFolder.WriteWhole(Path.Combine(folder, name + ".md"), Markdown(name, command));
    }

    private static string PlusMinus(double[] values, Func<double, string> format)
    {
        (double mean, double deviation) = VariantSummary.MeanAndDeviation(values);
        return values.Length > 1 ? $"{format(mean)} ± {format(deviation)}" : format(mean);
    }

    private static string OneDecimal(double value) => value.ToString("F1", CultureInfo.InvariantCulture);

    private IEnumerable<string[]> Rows() => outcomes.SelectMany(outcome => outcome.Summaries.Select(summary => Cells(outcome, summary)));

    private static string[] Cells(TeacherOutcome outcome, VariantSummary summary)
    {
        VariantSummary first = outcome.Summaries[0];
        double[] bytes = [.. summary.Runs.Select(run => (double)outcome.FoundBytes(run))];
        double[] ranks = [.. summary.Runs.Select(outcome.FoundRankSum).OfType<int>().Select(sum => (double)sum)];
        return
        [
            outcome.Dataset.Label,
            summary.Variant.Label,
            PlusMinus([.. summary.Runs.Select(run => run.Test?.Auc ?? double.NaN)], value => Format.Metric(value)),
            ReferenceEquals(summary, first) ? "–" : Format.Difference(summary.Auc.Mean - first.Auc.Mean),
            Format.Metric(outcome.Teacher.Test.Auc),
            ranks.Length > 0 ? PlusMinus(ranks, OneDecimal) : "–",
            outcome.TeacherRankSum.ToString(CultureInfo.InvariantCulture),
            PlusMinus(bytes, value => Format.Bytes((long)value)),
            Format.Bytes(outcome.TeacherBytes),
            (bytes.Average() / outcome.TeacherBytes).ToString("F2", CultureInfo.InvariantCulture),
        ];
    }

    private string Markdown(string name, string command)
    {
        RunResult any = outcomes[0].Summaries[0].Runs[0];
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"# {plan.Title}\n\n{plan.About}\n\n");
        text.Append("| ").AppendJoin(" | ", Headings).Append(" |\n|---|---|").Append(string.Concat(Enumerable.Repeat("---:|", Headings.Length - 2))).Append('\n');
        foreach (string[] row in Rows())
        {
            text.Append("| ").AppendJoin(" | ", row).Append(" |\n");
        }

        text.Append(CultureInfo.InvariantCulture, $"\nMean ± standard deviation over seeds {string.Join(", ", plan.Seeds)}; {Format.Count(any.Test?.Samples ?? 0)} test rows a teacher. ");
        text.Append("Bytes and TT ranks are those of the tables for which the teacher has a TT-matrix; the best possible AUC is that of the teacher's own probabilities.\n");
        text.Append(CultureInfo.InvariantCulture, $"\n![bytes of the tables found over those of the teacher]({name}.svg)\n");
        AppendRanks(text);
        text.Append(CultureInfo.InvariantCulture, $"\nReproduce: `{command}`\n\nMachine: {any.Machine}\n");
        text.Append(CultureInfo.InvariantCulture, $"\n<details><summary>Plan</summary>\n\n```json\n{JsonSerializer.Serialize(plan, OptionsJson.Indented)}\n```\n\n</details>\n");
        return text.ToString();
    }

    private void AppendRanks(StringBuilder text)
    {
        text.Append("\nTT ranks found:\n\n| teacher | model | table | rows | true | ").AppendJoin(" | ", plan.Seeds.Select(seed => $"seed {seed}"));
        text.Append(" |\n|---|---|---|---:|---|").Append(string.Concat(Enumerable.Repeat("---|", plan.Seeds.Count))).Append('\n');
        foreach (TeacherOutcome outcome in outcomes)
        {
            foreach (VariantSummary summary in outcome.Summaries.Where(summary => outcome.FoundRankSum(summary.Runs[0]) is not null))
            {
                foreach (TeacherTableDescription table in outcome.Tables(summary.Runs[0]).Select(pair => pair.True))
                {
                    text.Append(CultureInfo.InvariantCulture, $"| {outcome.Dataset.Label} | {summary.Variant.Label} | {table.Name} | {Format.Count(table.Rows)} | {Format.Ranks(TeacherOutcome.TrueRanks(table))} | ");
                    text.AppendJoin(" | ", summary.Runs.Select(run => Format.Ranks(outcome.Tables(run).Single(pair => pair.True == table).Found.Ranks))).Append(" |\n");
                }
            }
        }
    }

    private SvgChart Chart() => new()
    {
        Title = plan.Title,
        X = new ChartAxis("teacher's own tables", AxisFormat.Bytes, IsLogarithmic: true),
        Y = new ChartAxis("tables found", AxisFormat.Bytes, IsLogarithmic: true),
        Width = 720,
        Height = 420,
        Series =
        [
            .. plan.Variants.Select((variant, position) => new ChartSeries(
                variant.Label, [.. outcomes.SelectMany(outcome => outcome.Summaries[position].Runs.Select(run => new ChartPoint(outcome.TeacherBytes, outcome.FoundBytes(run))))], ChartMark.Dots, position)),
            new ChartSeries("the same bytes", [.. outcomes.OrderBy(outcome => outcome.TeacherBytes).Select(outcome => new ChartPoint(outcome.TeacherBytes, outcome.TeacherBytes))], ChartMark.Line, 7, IsDashed: true),
        ],
    };
}
