using System.Globalization;
using System.Text;
using System.Text.Json;
using Dlrm.CommandLine.Commands;
using Dlrm.CommandLine.Configuration;
using Dlrm.CommandLine.Hosting;
using Dlrm.CommandLine.Runs;
using Dlrm.Reporting;
using Spectre.Console;

namespace Dlrm.CommandLine.Experiments;

/// <summary>Shows the results of the experiment "adtn": a table on the terminal, Markdown and a chart for the documents.</summary>
/// <param name="plan">The plan.</param>
/// <param name="results">For each variant, one result a seed.</param>
internal sealed class AdtnReport(AdtnPlan plan, IReadOnlyList<IReadOnlyList<AdtnRunResult>> results)
{
    private static readonly string[] Headings =
        ["weights rebuilt from", "numbers", "of", "fewer", "distance", "fitted", "frozen", "end-to-end", "against dense", "fit (s)", "training (s)"];

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
    /// <returns>One JSON object.</returns>
    internal string ToJson() => JsonSerializer.Serialize(
        new { plan.Seeds, Variants = plan.Variants.Select((variant, v) => new { variant.Name, Runs = results[v] }) }, OptionsJson.Line);

    /// <summary>Writes adtn.md and adtn.svg.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="command">The command line that reproduces it.</param>
    internal void Save(string folder, string command)
    {
        Directory.CreateDirectory(folder);
        Chart().Save(Path.Combine(folder, AdtnPlan.Name + ".svg"));
        RunFolder.WriteWhole(Path.Combine(folder, AdtnPlan.Name + ".md"), Markdown(command));
    }

    private static (double Mean, double Deviation) Of(IReadOnlyList<AdtnRunResult> runs, Func<AdtnRunResult, double> value) =>
        VariantSummary.MeanAndDeviation([.. runs.Select(value)]);

    private static string PlusMinus(IReadOnlyList<AdtnRunResult> runs, Func<AdtnRunResult, double> value, Func<double, string>? format = null)
    {
        (double mean, double deviation) = Of(runs, value);
        format ??= static number => Format.Metric(number);
        return runs.Count > 1 ? $"{format(mean)} ± {format(deviation)}" : format(mean);
    }

    private static string Seconds(double value) => value.ToString("F1", CultureInfo.InvariantCulture);

    private static string Dense(IReadOnlyList<AdtnRunResult> runs) => PlusMinus(runs, static run => run.DenseAccuracy);

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
                Format.Ratio(any.DenseElements, any.CompressedElements),
                PlusMinus(runs, static run => run.Distance),
                PlusMinus(runs, static run => run.FittedAccuracy),
                PlusMinus(runs, static run => run.FrozenAccuracy),
                PlusMinus(runs, static run => run.TrainedAccuracy),
                Format.Difference(Of(runs, static run => run.TrainedAccuracy - run.DenseAccuracy).Mean),
                PlusMinus(runs, static run => run.FitSeconds, Seconds),
                PlusMinus(runs, static run => run.TrainingSeconds, Seconds),
            ];
        }
    }

    private string Markdown(string command)
    {
        AdtnRunResult any = results[0][0];
        string sizes = string.Join("-", plan.Dense.Hidden.Sizes);
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"# ADTN on MNIST, fully connected: 784-{sizes}-10\n\n");
        text.Append("The dense net is trained first. Then its weights are replaced by an ADTN, a quantised tensor train or a low-rank matrix: *distance* is Σ‖Ŵ − W‖² / Σ‖W‖² after\n");
        text.Append(CultureInfo.InvariantCulture, $"the fit, by Adam in {Format.Count(plan.FitSteps)} steps (ADTN from random gates, the others from their TT-SVD). Test accuracies: *fitted*, as it is then; *frozen*, after training the numbers behind\n");
        text.Append(CultureInfo.InvariantCulture, $"the weights on the images, everything else as in the dense net; *end-to-end*, after training everything. Both trainings: {plan.Epochs} epochs, batches of {plan.BatchSize},\n");
        text.Append(CultureInfo.InvariantCulture, $"Adam {plan.Optimizer.LearningRate} for gates and cores and {plan.Dense.Optimizer.LearningRate} for the rest, falling linearly to 0; the state after the last epoch is tested.\n");
        text.Append("A QTT of ranks ≤ 4 is what an ADTN of one layer is a part of. No matrices smaller than those of rank 1 are of low rank.\n\n");
        text.Append(CultureInfo.InvariantCulture, $"Dense: test accuracy {Dense(results[0])}, {Format.Count(any.StoredElements - any.CompressedElements + any.DenseElements)} numbers with biases.\n\n");
        text.Append("| ").AppendJoin(" | ", Headings).Append(" |\n|---|").Append(string.Concat(Enumerable.Repeat("---:|", Headings.Length - 1))).Append('\n');
        foreach (string[] cells in Rows())
        {
            text.Append("| ").AppendJoin(" | ", cells).Append(" |\n");
        }

        text.Append(CultureInfo.InvariantCulture, $"\nMean ± standard deviation over seeds {string.Join(", ", plan.Seeds)}. *Numbers* are those of the replaced weights; biases and weights that stay dense come on top.\n");
        text.Append(CultureInfo.InvariantCulture, $"\n![test accuracy over numbers]({AdtnPlan.Name}.svg)\n");
        text.Append(CultureInfo.InvariantCulture, $"\nReproduce: `{command}`\n\nMachine: {any.Machine}\n");
        text.Append(CultureInfo.InvariantCulture, $"\n<details><summary>Plan</summary>\n\n```json\n{JsonSerializer.Serialize(plan, OptionsJson.Indented)}\n```\n\n</details>\n");
        return text.ToString();
    }

    private SvgChart Chart() => new()
    {
        Title = "ADTN on MNIST: end-to-end training",
        X = new ChartAxis("numbers behind the weights", AxisFormat.Number, IsLogarithmic: true),
        Y = new ChartAxis("test accuracy"),
        Width = 720,
        Height = 420,
        Series =
        [
            .. results.Select((runs, v) =>
            {
                (double mean, double deviation) = Of(runs, static run => run.TrainedAccuracy);
                return new ChartSeries(string.Empty, [new ChartPoint(runs[0].CompressedElements, mean, plan.Variants[v].Label, deviation)], ChartMark.Dots, v);
            }),
        ],
    };
}
