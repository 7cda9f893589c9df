using System.Text.Json;
using Dlrm.CommandLine.Configuration;
using Dlrm.CommandLine.Hosting;
using Dlrm.Compression;

namespace Dlrm.CommandLine.Runs;

/// <summary>Prints what a compression made.</summary>
internal static class CompressionResults
{
    /// <summary>Prints a compressed model.</summary>
    /// <param name="terminal">Where.</param>
    /// <param name="output">The folder of the model.</param>
    /// <param name="compressed">The model.</param>
    /// <param name="metrics">Metrics before and after, or null.</param>
    /// <param name="tuned">Metrics after training on, or null.</param>
    /// <param name="isJson">Whether one JSON object is printed instead of tables.</param>
    internal static void Print(Terminal terminal, string output, CompressedModel compressed, (MetricsSummary Before, MetricsSummary After)? metrics, MetricsSummary? tuned, bool isJson)
    {
        StorageOptions storage = compressed.Model.Options.Model.Storage;
        if (isJson)
        {
            terminal.Output.WriteLine(JsonSerializer.Serialize(
                new { Model = output, compressed.DenseBytes, compressed.Bytes, storage.Rows, storage.Cores, storage.Mlps, compressed.Tables, metrics?.Before, metrics?.After, FineTuned = tuned }, OptionsJson.Line));
            return;
        }

        ResultTables.Compressed(terminal, compressed.Tables);
        if (metrics is (MetricsSummary before, MetricsSummary after))
        {
            ResultTables.Metrics(terminal, [("before", before), ("after", after), ("fine-tuned", tuned)]);
        }

        terminal.Output.WriteLine(
            $"Model {Format.Bytes(compressed.Bytes)}, {Format.Ratio(compressed.DenseBytes, compressed.Bytes)} smaller than {Format.Bytes(compressed.DenseBytes)}; "
            + $"rows in {storage.Rows.ToString().ToLowerInvariant()}, cores in {storage.Cores.ToString().ToLowerInvariant()}; model folder {output}");
    }
}
