using System.Globalization;
using System.Text;
using System.Text.Json;
using Dlrm.CommandLine.Commands;
using Dlrm.CommandLine.Configuration;
using Dlrm.CommandLine.Hosting;
using Dlrm.Reporting;
using Spectre.Console;

namespace Dlrm.CommandLine.Experiments;

/// <summary>Shows the results of one net of the experiment "adtn": a table, a chart.</summary>
/// <param name="plan">The plan.</param>
/// <param name="results">For each variant, one result a seed.</param>
internal sealed class AdtnReport(AdtnPlan plan, IReadOnlyList<IReadOnlyList<AdtnRunResult>> results)
{
    private static readonly string[] Headings =
        ["weights rebuilt from", "numbers", "of", "fewer", "distance", "no less than", "fitted", "frozen", "end-to-end", "against dense", "training (s)"];

    /// <summary>Gets the machine, the device and the program's version.</summary>
    internal string MachineText => string.Join("; ", results.SelectMany(static runs => runs).Select(static run => run.Machine).Distinct());

    /// <summary>Prints the table.</summary>
    /// <param name="terminal">Where.</param>
    internal void Print(Terminal terminal)
    {
        Table table = SharedOptions.NewTable(Headings);
        foreach (string[] cells in Rows())
        {
            table.AddRow([.. cells.Select(Markup.Escape)]);
        }

        terminal.Results.Write(table);
    }

    /// <summary>Gives the numbers to programs.</summary>
    /// <returns>What becomes one JSON object.</returns>
    internal object Numbers() => new { plan.Name, plan.Seeds, Variants = plan.Variants.Select((variant, v) => new { variant.Name, Runs = results[v] }) };

    /// <summary>Writes the section of a page, without its heading.</summary>
    /// <returns>Markdown.</returns>
    internal string Section()
    {
        AdtnRunResult any = results[0][0];
        StringBuilder text = new();
        string validation = plan.ValidationImages > 0 ? $" The last {Format.Count(plan.ValidationImages)} training images stand for the test images." : string.Empty;
        text.Append(CultureInfo.InvariantCulture, $"Dense: test accuracy {PlusMinus(results[0], static run => run.DenseAccuracy)} after {plan.Dense.Epochs} epochs in batches of {plan.Dense.BatchSize}, ");
        text.Append(CultureInfo.InvariantCulture, $"{Format.Count(any.StoredElements - any.CompressedElements + any.DenseElements)} numbers with biases. Fit: {Format.Count(plan.FitSteps)} steps. ");
        text.Append(CultureInfo.InvariantCulture, $"Both trainings: {plan.Epochs} epochs, batches of {plan.BatchSize}, Adam {plan.Optimizer.LearningRate} for gates and cores{OwnRates()} and {plan.OtherOptimizer.LearningRate} for the rest.{validation}\n\n");
        text.Append("| ").AppendJoin(" | ", Headings).Append(" |\n|---|").Append(string.Concat(Enumerable.Repeat("---:|", Headings.Length - 1))).Append('\n');
        foreach (string[] cells in Rows())
        {
            text.Append("| ").AppendJoin(" | ", cells).Append(" |\n");
        }

        text.Append(CultureInfo.InvariantCulture, $"\nMean ± standard deviation over seeds {string.Join(", ", plan.Seeds)}.\n");
        text.Append(CultureInfo.InvariantCulture, $"\n![test accuracy over numbers]({plan.Name}.svg)\n");
        return text.ToString();
    }

    /// <summary>Writes the plan, folded.</summary>
    /// <returns>Markdown.</returns>
    internal string Details() => $"\n<details><summary>Plan of {plan.Name}</summary>\n\n```json\n{JsonSerializer.Serialize(plan, OptionsJson.Indented)}\n```\n\n</details>\n";

    /// <summary>Writes NAME.svg.</summary>
    /// <param name="folder">The folder.</param>
    internal void SaveChart(string folder) => new SvgChart
    {
        Title = plan.Title,
        X = new ChartAxis("numbers behind the replaced weights", AxisFormat.Number, IsLogarithmic: true),
        Y = new ChartAxis("test accuracy, end-to-end"),
        Width = 720,
        Height = 420,
        Series =
        [
            .. results.Index().Where(static item => item.Item[0].CompressedElements > 0).Select(item =>
            {
                (double mean, double deviation) = Of(item.Item, static run => run.TrainedAccuracy);
                return new ChartSeries(string.Empty, [new ChartPoint(item.Item[0].CompressedElements, mean, plan.Variants[item.Index].Label, deviation)], ChartMark.Dots, item.Index);
            }),
        ],
    }.Save(Path.Combine(folder, plan.Name + ".svg"));

    private static (double Mean, double Deviation) Of(IReadOnlyList<AdtnRunResult> runs, Func<AdtnRunResult, double> value) =>
        VariantSummary.MeanAndDeviation([.. runs.Select(value)]);

    private static string PlusMinus(IReadOnlyList<AdtnRunResult> runs, Func<AdtnRunResult, double> value, Func<double, string>? format = null)
    {
        (double mean, double deviation) = Of(runs, value);
        format ??= static number => Format.Metric(number);
        return double.IsNaN(mean) ? "–" : runs.Count > 1 ? $"{format(mean)} ± {format(deviation)}" : format(mean);
    }

    private static string Seconds(double value) => value.ToString("F1", CultureInfo.InvariantCulture);

    private string OwnRates() => string.Concat(plan.Variants.Where(static variant => variant.LearningRate is not null)
        .Select(static variant => string.Create(CultureInfo.InvariantCulture, $" ({variant.LearningRate} for {variant.Label})")));

    private IEnumerable<string[]> Rows()
    {
        for (int v = 0; v < results.Count; v++)
        {
            IReadOnlyList<AdtnRunResult> runs = results[v];
            AdtnRunResult any = runs[0];
            yield return
            [
                plan.Variants[v].Label,
                Format.Count(any.CompressedElements),
                Format.Count(any.DenseElements),
                any.CompressedElements > 0 ? Format.Ratio(any.DenseElements, any.CompressedElements) : "–",
                PlusMinus(runs, static run => run.Distance),
                PlusMinus(runs, static run => run.LeastDistance),
                PlusMinus(runs, static run => run.FittedAccuracy),
                PlusMinus(runs, static run => run.FrozenAccuracy),
                PlusMinus(runs, static run => run.TrainedAccuracy),
                Format.Difference(Of(runs, static run => run.TrainedAccuracy - run.DenseAccuracy).Mean),
                PlusMinus(runs, static run => run.TrainingSeconds, Seconds),
            ];
        }
    }
}
