using System.Globalization;
using Dlrm.CommandLine.Hosting;
using Dlrm.Data.Synthetic;

namespace Dlrm.CommandLine.Runs;

/// <summary>Finds out what a model planned without a dataset is fed: cardinalities of the command line, or those of a preset.</summary>
internal static class PlannedInputs
{
    private const int CriteoDense = 13;

    /// <summary>Finds the inputs.</summary>
    /// <param name="cardinalities">"1460,583", or null.</param>
    /// <param name="dense">The number of dense features, or null: 13 with the cardinalities of a preset, else 0.</param>
    /// <param name="preset">The preset, or null.</param>
    /// <returns>The inputs; tables are named C1, C2 …</returns>
    /// <exception cref="UsageException">There is nothing to plan for, or a cardinality is no number.</exception>
    internal static ModelInputs Find(string? cardinalities, int? dense, string? preset)
    {
        if (cardinalities is not null)
        {
            return Criteo([.. cardinalities.Split(',').Select(Parse)], dense ?? 0);
        }

        string? known = GeneratorOptions.Presets.FirstOrDefault(name => name != "quickstart" && preset is not null && preset.StartsWith(name, StringComparison.Ordinal));
        return known is not null
            ? Criteo([.. GeneratorOptions.Preset(known, 1).Tables.Select(table => table.Rows)], dense ?? CriteoDense)
            : throw new UsageException("Say what the model is fed: --data <dataset folder>, --cardinalities 1460,583 --dense 13, or --preset kaggle.");
    }

    private static ModelInputs Criteo(long[] cardinalities, int dense) => new(dense, [.. Enumerable.Range(1, cardinalities.Length).Select(t => $"C{t}")], cardinalities);

    private static long Parse(string text) => long.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out long rows) && rows > 0 ? rows
        : throw new UsageException($"--cardinalities has '{text}'; it must be whole numbers above 0 with commas between them: 1460,583.");
}
