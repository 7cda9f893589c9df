using Dlrm.CommandLine.Hosting;
using Dlrm.Data;
using Dlrm.Data.Synthetic;

namespace Dlrm.CommandLine.Runs;

/// <summary>Makes datasets with progress.</summary>
internal static class DatasetMaker
{
    /// <summary>Generates a synthetic dataset.</summary>
    /// <param name="context">What the host gives.</param>
    /// <param name="options">What to generate.</param>
    /// <param name="folder">The folder to make.</param>
    /// <param name="overwrite">Whether a dataset that is there is replaced.</param>
    /// <param name="threads">The threads.</param>
    /// <param name="stop">Asks to stop; nothing is left then.</param>
    /// <returns>The teacher.</returns>
    internal static TeacherDescription Generate(CommandContext context, GeneratorOptions options, string folder, bool overwrite, int threads, CancellationToken stop)
    {
        RequireParent(folder);
        RequireReplaceable(folder, overwrite);
        SyntheticGenerator generator = new(options);
        ProgressLine line = new(context.Terminal, context.Time, "generate");
        return SyntheticDataset.Write(
            generator, folder, overwrite, threads, new CallbackProgress<GeneratorProgress>(progress => line.Report(progress.Rows, progress.TotalRows)), stop);
    }

    /// <summary>Converts raw rows.</summary>
    /// <param name="context">What the host gives.</param>
    /// <param name="options">What and how.</param>
    /// <param name="stop">Asks to stop; nothing is left then.</param>
    /// <returns>What was found.</returns>
    internal static ConvertReport Convert(CommandContext context, ConvertOptions options, CancellationToken stop)
    {
        RequireParent(options.Output);
        RequireReplaceable(options.Output, options.Overwrite);
        ProgressLine line = new(context.Terminal, context.Time, "convert");
        return DatasetConverter.Convert(options, new CallbackProgress<ConvertProgress>(progress => line.Report(progress.Step, progress.Fraction)), stop);
    }

    private static void RequireReplaceable(string folder, bool overwrite)
    {
        if (!Directory.Exists(folder) || !Directory.EnumerateFileSystemEntries(folder).Any())
        {
            return;
        }

        if (!File.Exists(Path.Combine(folder, DatasetSchema.FileName)))
        {
            throw new UsageException($"'{folder}' exists and is not a dataset: choose another --output.");
        }

        if (!overwrite)
        {
            throw new UsageException($"'{folder}' holds a dataset already: choose another --output, or replace it with --overwrite.");
        }
    }

    private static void RequireParent(string folder)
    {
        string? parent = Path.GetDirectoryName(Path.GetFullPath(folder));
        if (parent is not null)
        {
            Directory.CreateDirectory(parent);
        }
    }
}
