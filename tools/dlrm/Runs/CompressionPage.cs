using Dlrm.CommandLine.Hosting;
using Dlrm.Compression;
using Dlrm.Reporting;

namespace Dlrm.CommandLine.Runs;

/// <summary>Writes the report of a compression beside its model.</summary>
internal static class CompressionPage
{
    /// <summary>Writes <c>report.html</c>.</summary>
    /// <param name="folder">The folder of the compressed model.</param>
    /// <param name="path">What was compressed.</param>
    /// <param name="source">The same, open.</param>
    /// <param name="compressed">What it became.</param>
    /// <param name="before">Measured on the source, or null.</param>
    /// <param name="after">Measured on the compressed model, or null.</param>
    /// <param name="tuned">Measured after fine-tuning, with the bytes; or null.</param>
    /// <returns>The path of the report.</returns>
    internal static string Write(
        string folder, string path, SourceModel source, CompressedModel compressed, MetricsSummary? before, MetricsSummary? after, (MetricsSummary Metrics, long Bytes)? tuned)
    {
        string name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)));
        List<ResultRow> results = [];
        Add(results, name, before, compressed.DenseBytes);
        Add(results, "compressed", after, compressed.Bytes);
        Add(results, "fine-tuned", tuned?.Metrics, tuned?.Bytes ?? 0);
        return CompressionReport.Save(folder, new CompressionSummary
        {
            Title = $"{name}, compressed",
            Facts = [new("from", name), new("machine", Machine.Describe()), new("dlrm", Machine.Version)],
            Results = results,
            Tables = compressed.Tables,
            Towers = CompressedTower.Of(source, compressed.Model),
            DenseBytes = compressed.DenseBytes,
            Bytes = compressed.Bytes,
            Storage = compressed.Model.Options.Model.Storage,
        });
    }

    private static void Add(List<ResultRow> rows, string name, MetricsSummary? metrics, long bytes)
    {
        if (metrics is not null)
        {
            rows.Add(new ResultRow(name, metrics.Auc ?? double.NaN, metrics.LogLoss, metrics.NormalizedEntropy ?? double.NaN, bytes));
        }
    }
}
