using System.Text.Json;
using Dlrm.CommandLine.Configuration;
using Dlrm.CommandLine.Hosting;
using Dlrm.Data;

namespace Dlrm.CommandLine.Runs;

/// <summary>The files of one run.</summary>
/// <param name="path">The folder.</param>
internal sealed class RunFolder(string path)
{
    /// <summary>Gets the folder.</summary>
    internal string Path { get; } = path;

    /// <summary>Gets the effective options.</summary>
    internal string Options => System.IO.Path.Combine(Path, "options.json");

    /// <summary>Gets the log of reports.</summary>
    internal string Metrics => System.IO.Path.Combine(Path, "metrics.jsonl");

    /// <summary>Gets the page of curves.</summary>
    internal string Report => System.IO.Path.Combine(Path, "report.html");

    /// <summary>Gets the folder of checkpoints.</summary>
    internal string Checkpoints => System.IO.Path.Combine(Path, "checkpoints");

    /// <summary>Gets the folder of the compact model.</summary>
    internal string Model => System.IO.Path.Combine(Path, "model");

    /// <summary>Gets the results, written when the run has ended.</summary>
    internal string Result => System.IO.Path.Combine(Path, "result.json");

    /// <summary>Makes the folder for a new run.</summary>
    /// <param name="options">Written into it.</param>
    /// <param name="overwrite">Whether a run that is there is replaced.</param>
    /// <exception cref="UsageException">There is a run already, or something else.</exception>
    internal void Create(RunOptions options, bool overwrite)
    {
        if (Directory.Exists(Path) && Directory.EnumerateFileSystemEntries(Path).Any())
        {
            if (!File.Exists(Options))
            {
                throw new UsageException($"'{Path}' exists and is not a run folder: choose another --output.");
            }

            if (!overwrite)
            {
                throw new UsageException($"'{Path}' holds a run: choose another --output, go on with --resume {Path}, or replace it with --overwrite.");
            }

            Clear();
        }

        Directory.CreateDirectory(Path);
        WriteWhole(Options, options.ToJson());
    }

    /// <summary>Reads the options of a run that is there.</summary>
    /// <returns>The options.</returns>
    /// <exception cref="UsageException">There is no run.</exception>
    internal RunOptions ReadOptions()
    {
        if (!File.Exists(Options))
        {
            throw new UsageException($"'{Path}' is not a run folder: it has no {System.IO.Path.GetFileName(Options)}.");
        }

        RunOptions options = new OptionsBinder<RunOptions>(new RunOptions()).AddJson(File.ReadAllText(Options), Options).Bind();
        options.Validate();
        return options;
    }

    /// <summary>Reads the results of a run that has ended.</summary>
    /// <returns>The results, or null when something of the run is not there yet.</returns>
    internal RunResult? ReadResult() =>
        File.Exists(Result) && File.Exists(Report) && Directory.Exists(Model) ? JsonSerializer.Deserialize<RunResult>(File.ReadAllText(Result), OptionsJson.Line) : null;

    /// <summary>Writes a file so that it is whole or as it was.</summary>
    /// <param name="file">The path.</param>
    /// <param name="text">The content.</param>
    internal static void WriteWhole(string file, string text)
    {
        string temporary = file + ".tmp";
        using (FileStream stream = new(temporary, FileMode.Create, FileAccess.Write))
        {
            stream.Write(System.Text.Encoding.UTF8.GetBytes(text));
            stream.Flush(flushToDisk: true);
        }

        File.Move(temporary, file, overwrite: true);
    }

    /// <summary>Opens the dataset of a run.</summary>
    /// <param name="options">The options.</param>
    /// <returns>The dataset.</returns>
    /// <exception cref="UsageException">None is named.</exception>
    /// <exception cref="DataFormatException">It is not there, or not whole.</exception>
    internal static DatasetFolder OpenData(RunOptions options) =>
        options.Data.Folder.Length == 0
            ? throw new UsageException("No dataset is named: dlrm train <data folder> --output <run folder>.")
            : DatasetFolder.Open(options.Data.Folder);

    private void Clear()
    {
        foreach (string file in (string[])[Result, Report, Metrics])
        {
            File.Delete(file);
        }

        foreach (string folder in (string[])[Checkpoints, Model])
        {
            if (Directory.Exists(folder))
            {
                Directory.Delete(folder, recursive: true);
            }
        }
    }
}
