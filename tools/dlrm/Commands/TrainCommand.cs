using System.CommandLine;
using System.Text.Json;
using Dlrm.CommandLine.Configuration;
using Dlrm.CommandLine.Hosting;
using Dlrm.CommandLine.Runs;
using Dlrm.Data;
using Dlrm.Distributed;
using Dlrm.Planning;

namespace Dlrm.CommandLine.Commands;

/// <summary>Trains a model on a dataset.</summary>
internal sealed class TrainCommand : CliCommand
{
    private readonly Argument<string?> _data = new("data") { Description = "The dataset's folder, of 'dlrm convert' or 'dlrm generate'.", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<string> _output = new("--output", "-o") { Description = "The run folder to make.", HelpName = "folder" };
    private readonly Option<string> _resume = new("--resume") { Description = "Go on with an interrupted run from its newest whole checkpoint.", HelpName = "run folder" };
    private readonly Option<bool> _overwrite = new("--overwrite") { Description = "Replace a run that is there." };
    private readonly Option<string> _memory = new("--memory") { Description = "The memory of each worker: 8G, 512M. A model that needs more is refused before anything is allocated.", HelpName = "size" };
    private readonly Option<bool> _json = SharedOptions.Json();
    private readonly RunOptionFlags _flags = new();

    /// <summary>Initializes a new instance of the <see cref="TrainCommand"/> class.</summary>
    internal TrainCommand()
        : base("train", "Train a model. Ctrl-C or SIGTERM saves a checkpoint and ends with 0; a second one stops at once with 130.")
    {
        Examples =
        [
            ("./dlrm train data/criteo --output runs/first", "compressed tables that find their ranks (the default)"),
            ("./dlrm train data/criteo --output runs/dense --tables dense", "the same with every row stored"),
            ("./dlrm train data/criteo --output runs/small --tables auto --budget 100x", "formats and starting ranks for a hundredth of the dense bytes; 'dlrm plan' shows them before"),
            ("./dlrm train data/criteo --output runs/c3 --set model.tableOverrides.C3.kind=hash", "one table in another way"),
            ("./dlrm train data/criteo --output runs/large --tables dense --memory 8G", "refused before anything is allocated when a worker would need more"),
            ("./dlrm train --resume runs/first", "go on after an interruption"),
        ];
        Arguments.Add(_data);
        Options.Add(_output);
        Options.Add(_resume);
        Options.Add(_overwrite);
        Options.Add(_memory);
        _flags.AddTo(this);
        Options.Add(_json);
    }

    /// <inheritdoc/>
    protected override int Run(ParseResult result, CommandContext context, CancellationToken stop)
    {
        string? resume = result.GetValue(_resume);
        RunFolder folder = new(resume ?? result.GetValue(_output) ?? throw new UsageException("Name the run folder to make with --output, or an interrupted one with --resume."));
        RunOptions options;
        if (resume is not null)
        {
            string[] tooMuch = [.. _flags.Given(result), .. result.GetValue(_data) is null ? Array.Empty<string>() : ["the dataset"], .. result.GetValue(_output) is null ? Array.Empty<string>() : ["--output"]];
            if (tooMuch.Length > 0)
            {
                throw new UsageException($"--resume takes everything from {folder.Options}; leave out {string.Join(", ", tooMuch)}.");
            }

            options = folder.ReadOptions();
            if (folder.ReadResult() is RunResult kept)
            {
                context.Terminal.Note($"{folder.Path} has ended already; these are its results. To train more, start a new run with more --epochs.");
                Print(context.Terminal, folder, kept, result.GetValue(_json));
                return ExitCode.Done;
            }

            options = _flags.Threads(result) is int threads ? options with { Training = options.Training with { Threads = threads } } : options;
            if (result.GetValue(_memory) is not null)
            {
                RequireMemory(result, options, context.Time);
            }
        }
        else
        {
            options = _flags.Bind(result, result.GetValue(_data) is string data ? Path.GetFullPath(data) : null);
            // A model that can't be made leaves no run folder behind.
            RequireMemory(result, options, context.Time);
            folder.Create(options, result.GetValue(_overwrite));
        }

        using TrainingRun run = new(context, folder, options, Path.GetFileName(Path.TrimEndingDirectorySeparator(folder.Path)));
        if (resume is not null)
        {
            run.Resume();
        }

        RunResult? summary = run.Execute(stop);
        if (summary is not null)
        {
            run.WriteReport(summary);
            Print(context.Terminal, folder, summary, result.GetValue(_json));
        }

        return ExitCode.Done;
    }

    /// <summary>Plans the model, and requires that each worker's part of it fits into the memory given.</summary>
    private void RequireMemory(ParseResult result, RunOptions options, TimeProvider time)
    {
        long? memory = result.GetValue(_memory) is string size ? MemorySize.Parse("--memory", size) : null;
        DatasetFolder dataset = RunFolder.OpenData(options);
        ModelPlan plan = DatasetPlan.Of(dataset, options, time);
        if (memory is long bytes)
        {
            int workers = MpiLaunch.Find(Environment.GetEnvironmentVariable)?.WorldSize ?? 1;
            WorkerMemory.Require(options.Dlrm with { Model = plan.Options }, DataSources.InputsOf(dataset.Schema), workers, bytes);
        }
    }

    private static void Print(Terminal terminal, RunFolder folder, RunResult result, bool isJson)
    {
        if (isJson)
        {
            terminal.Output.WriteLine(JsonSerializer.Serialize(result, OptionsJson.Line));
            return;
        }

        ResultTables.Metrics(terminal, [("valid", result.Valid), ("test", result.Test)]);
        ResultTables.Sizes(terminal, result.Tables);
        terminal.Output.WriteLine(
            $"Model {Format.Bytes(result.ModelBytes)}, {Format.Ratio(result.DenseModelBytes, result.ModelBytes)} smaller than with dense tables ({Format.Bytes(result.DenseModelBytes)}); "
            + $"{Format.Count((long)result.SamplesPerSecond)} rows/s; run folder {folder.Path}");
    }
}
