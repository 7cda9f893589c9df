using System.Globalization;
using System.Text;
using System.Text.Json;
using Dlrm.CommandLine.Commands;
using Dlrm.CommandLine.Configuration;
using Dlrm.CommandLine.Hosting;
using Dlrm.CommandLine.Runs;
using Dlrm.Data.Images;
using Dlrm.Reporting;
using Spectre.Console;

namespace Dlrm.CommandLine.Experiments;

/// <summary>Shows the results of an experiment with classifiers: a table on the terminal, Markdown and a chart for the documents.</summary>
/// <param name="plan">The plan.</param>
/// <param name="summaries">One a variant.</param>
internal sealed class AccuracyReport(ExperimentPlan plan, IReadOnlyList<ClassifierSummary> summaries)
{
    private static readonly string[] Headings = ["model", "test accuracy", "against first", "test loss (nats)", "parameters", "smaller", "training (s)"];

    /// <summary>Gets the title; it says when the training images are fewer than those of MNIST.</summary>
    internal string Title
    {
        get
        {
            int images = summaries[0].Runs[0].TrainingImages;
            return images < ImageFolder.WholeTraining ? $"{plan.Title}: a subset of {Format.Count(images)} training images" : plan.Title;
        }
    }

    /// <summary>Prints the table.</summary>
    /// <param name="terminal">Where.</param>
    internal void Print(Terminal terminal)
    {
        terminal.Results.WriteLine(Title);
        Table table = SharedOptions.NewTable(Headings);
        foreach (ClassifierSummary summary in summaries)
        {
            table.AddRow([.. Cells(summary).Select(Markup.Escape)]);
        }

        terminal.Results.Write(table);
    }

    /// <summary>Gives the numbers to programs.</summary>
    /// <returns>One JSON object.</returns>
    internal string ToJson() => JsonSerializer.Serialize(
        new
        {
            Title,
            plan.Seeds,
            Variants = summaries.Select(summary => new
            {
                summary.Variant.Name,
                Accuracy = new { summary.Accuracy.Mean, summary.Accuracy.Deviation },
                LogLoss = new { summary.TestLoss.Mean, summary.TestLoss.Deviation },
                summary.StoredElements,
                Seconds = new { summary.Seconds.Mean, summary.Seconds.Deviation },
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

    private static string PlusMinus((double Mean, double Deviation) value, int runs, Func<double, string> format) =>
        runs > 1 ? $"{format(value.Mean)} ± {format(value.Deviation)}" : format(value.Mean);

    private static string Metric(double value) => Format.Metric(value);

    private static string OneDecimal(double value) => value.ToString("F1", CultureInfo.InvariantCulture);

    private string[] Cells(ClassifierSummary summary)
    {
        ClassifierSummary first = summaries[0];
        int runs = summary.Runs.Count;
        return
        [
            summary.Variant.Label,
            PlusMinus(summary.Accuracy, runs, Metric),
            ReferenceEquals(summary, first) ? "–" : Format.Difference(summary.Accuracy.Mean - first.Accuracy.Mean),
            PlusMinus(summary.TestLoss, runs, Metric),
            Format.Count(summary.StoredElements),
            Format.Ratio(first.StoredElements, summary.StoredElements),
            PlusMinus(summary.Seconds, runs, OneDecimal),
        ];
    }

    private string Markdown(string name, string command)
    {
        ClassifierRunResult any = summaries[0].Runs[0];
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"# {Title}\n\n{plan.About}\n\n");
        text.Append("| ").AppendJoin(" | ", Headings).Append(" |\n|---|").Append(string.Concat(Enumerable.Repeat("---:|", Headings.Length - 1))).Append('\n');
        foreach (ClassifierSummary summary in summaries)
        {
            text.Append("| ").AppendJoin(" | ", Cells(summary)).Append(" |\n");
        }

        text.Append(CultureInfo.InvariantCulture, $"\nMean ± standard deviation over seeds {string.Join(", ", plan.Seeds)}; {Format.Count(any.TrainingImages)} training and {Format.Count(any.TestImages)} test images. ");
        text.Append("Parameters are all stored numbers, biases included.\n");
        text.Append(CultureInfo.InvariantCulture, $"\n![test accuracy over parameters]({name}.svg)\n");
        text.Append(CultureInfo.InvariantCulture, $"\nReproduce: `{command}`\n\nMachine: {any.Machine}\n");
        text.Append(CultureInfo.InvariantCulture, $"\n<details><summary>Plan</summary>\n\n```json\n{JsonSerializer.Serialize(plan, OptionsJson.Indented)}\n```\n\n</details>\n");
        return text.ToString();
    }

    private SvgChart Chart() => new()
    {
        Title = Title,
        X = new ChartAxis("parameters", AxisFormat.Number, IsLogarithmic: true),
        Y = new ChartAxis("test accuracy"),
        Width = 720,
        Height = 420,
        Series =
        [
            .. summaries.Select((summary, position) => new ChartSeries(
                string.Empty, [new ChartPoint(summary.StoredElements, summary.Accuracy.Mean, summary.Variant.Label, summary.Accuracy.Deviation)], ChartMark.Dots, position)),
        ],
    };
}
