using Dlrm.CommandLine.Commands;
using Dlrm.CommandLine.Hosting;
using Dlrm.Compression;
using Dlrm.Training;
using Spectre.Console;

namespace Dlrm.CommandLine.Runs;

/// <summary>Prints results as tables.</summary>
internal static class ResultTables
{
    /// <summary>Prints the metrics of splits.</summary>
    /// <param name="terminal">Where.</param>
    /// <param name="splits">Names and metrics; those without are left out.</param>
    internal static void Metrics(Terminal terminal, IEnumerable<(string Name, MetricsSummary? Metrics)> splits)
    {
        Table table = SharedOptions.NewTable("split", "rows", "AUC", "log loss (nats)", "NE", "calibration", "accuracy");
        foreach ((string name, MetricsSummary? metrics) in splits)
        {
            if (metrics is not null)
            {
                table.AddRow(
                    name, Format.Count(metrics.Samples), Format.Metric(metrics.Auc), Format.Metric(metrics.LogLoss), Format.Metric(metrics.NormalizedEntropy),
                    Format.Metric(metrics.Calibration), Format.Metric(metrics.Accuracy));
            }
        }

        terminal.Results.Write(table);
    }

    /// <summary>Prints the tables of a model with their sizes.</summary>
    /// <param name="terminal">Where.</param>
    /// <param name="reports">The tables.</param>
    internal static void Sizes(Terminal terminal, IReadOnlyList<TableReport> reports)
    {
        Table table = SharedOptions.NewTable("table", "stored", "dense", "smaller", "TT ranks", "kind");
        table.Columns[^1].LeftAligned();
        foreach (TableReport report in reports)
        {
            table.AddRow(
                Markup.Escape(report.Name.StartsWith("tables.", StringComparison.Ordinal) ? report.Name["tables.".Length..] : report.Name), Format.Bytes(report.StoredBytes), Format.Bytes(report.DenseBytes), Format.Ratio(report.DenseBytes, report.StoredBytes),
                Markup.Escape(Format.Ranks(report.Ranks)), Markup.Escape(report.Description));
        }

        terminal.Results.Write(table);
    }

    /// <summary>Prints what became of the tables of a compressed model, the largest first.</summary>
    /// <param name="terminal">Where.</param>
    /// <param name="tables">The tables.</param>
    internal static void Compressed(Terminal terminal, IReadOnlyList<CompressedTable> tables)
    {
        Table table = SharedOptions.NewTable("table", "rows", "method", "ranks", "dense", "stored", "smaller", "error", "worst row");
        foreach (CompressedTable one in tables.OrderByDescending(one => one.DenseBytes))
        {
            table.AddRow(
                Markup.Escape(one.Feature), Format.Count(one.Rows), one.Method, one.Ranks.Count == 0 ? "–" : Markup.Escape(Format.Ranks(one.Ranks)), Format.Bytes(one.DenseBytes), Format.Bytes(one.Bytes),
                Format.Ratio(one.DenseBytes, one.Bytes), Format.Metric(one.RelativeError), Format.Metric(one.WorstRowError));
        }

        terminal.Results.Write(table);
    }
}
