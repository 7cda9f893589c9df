using System.CommandLine;
using System.Text.Json;
using Dlrm.CommandLine.Configuration;
using Dlrm.CommandLine.Hosting;
using Dlrm.CommandLine.Runs;
using Dlrm.Data;
using Dlrm.Numerics;
using Dlrm.Planning;
using Dlrm.Training;

namespace Dlrm.CommandLine.Commands;

/// <summary>Trains a model on a dataset.</summary>
internal sealed class TrainCommand : CliCommand
{
    private readonly Argument<string?> _data = new("data") { Description = "The dataset's folder, of 'dlrm convert' or 'dlrm generate'.", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<string> _output = new("--output", "-o") { Description = "The run folder to make.", HelpName = "folder" };
    private readonly Option<string> _resume = new("--resume") { Description = "Go on with an interrupted run from its newest whole checkpoint.", HelpName = "run folder" };
    private readonly Option<bool> _overwrite = new("--overwrite") { Description = "Replace a run that is there." };
    private readonly Option<int> _workers = new("--workers") { Description = "Start so many workers with the MPI launcher.", HelpName = "n", DefaultValueFactory = _ => 1 };
    private readonly Option<int> _restarts = new("--restarts") { Description = "Start a job that fails again from its newest checkpoint, so often at most. It needs a process that outlives the job: use it with --workers, not under mpiexec.", HelpName = "n" };
    private readonly Option<string> _launcher = new("--launcher") { Description = "The MPI launcher of --workers.", HelpName = "program", DefaultValueFactory = _ => "mpiexec" };
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
            ("./dlrm train data/criteo --output runs/two --workers 2 --restarts 3", "two workers, started here and again after a failure"),
            ("mpiexec -n 2 ./dlrm train data/criteo --output runs/two", "the same two, started by hand or by a cluster; docs/distributed.md"),
        ];
        Arguments.Add(_data);
        Options.Add(_output);
        Options.Add(_resume);
        Options.Add(_overwrite);
        Options.Add(_memory);
        _flags.AddTo(this);
        foreach (Option option in (Option[])[_workers, _restarts, _launcher, _json])
        {
            Options.Add(option);
        }

    }

    /// <inheritdoc/>
    protected override bool SharesWork => true;

    /// <inheritdoc/>
    protected override int Run(ParseResult result, CommandContext context, CancellationToken stop)
    {
        string? resume = result.GetValue(_resume);
        RunFolder folder = new(resume ?? result.GetValue(_output) ?? throw new UsageException("Name the run folder to make with --output, or an interrupted one with --resume."));
        if (result.GetValue(_workers) is not 1 || result.GetValue(_restarts) is not 0)
        {
            return Supervise(result, context, folder, stop);
        }

        RunOptions? options = context.Job.Workers == 1 ? Prepare(result, context, folder) : PrepareTogether(result, context, folder);
        if (options is null)
        {
            return ExitCode.Done;
        }

        using TrainingRun run = new(context, folder, options, Path.GetFileName(Path.TrimEndingDirectorySeparator(folder.Path)));
        if (resume is not null)
        {
            run.Resume();
        }

        RunResult? summary = run.Execute(stop);
        if (summary is not null && context.Job.IsFirst)
        {
            run.WriteReport(summary);
            Print(context.Terminal, folder, summary, result.GetValue(_json));
        }

        return ExitCode.Done;
    }

    /// <summary>Runs the job in a process of its own.</summary>
    private int Supervise(ParseResult result, CommandContext context, RunFolder folder, CancellationToken stop)
    {
        (int workers, int restarts) = (result.GetValue(_workers), result.GetValue(_restarts));
        if (workers < 1 || restarts < 0)
        {
            throw new UsageException($"--workers is {workers} and --restarts is {restarts}; there is at least one worker, and at least no restart.");
        }

        if (context.Job.IsLaunched)
        {
            throw new UsageException("--workers and --restarts start mpiexec themselves: leave mpiexec out of the command line.");
        }

        Option[] own = [_workers, _restarts, _launcher];
        string[] words = [.. result.Tokens.Select(token => token.Value)];
        List<string> first = [];
        for (int i = 0; i < words.Length; i++)
        {
            if (own.Any(option => option.Name == words[i]))
            {
                i++;
            }
            else
            {
                first.Add(words[i]);
            }
        }

        List<string> again = [Name, _resume.Name, folder.Path];
        if (_flags.Threads(result) is int threads)
        {
            again.AddRange(["--threads", threads.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        }

        if (result.GetValue(_json))
        {
            again.Add(_json.Name);
        }

        // What was there before a first start with --overwrite is not what the job has made.
        DateTime begin = context.Time.GetUtcNow().UtcDateTime;
        return new JobSupervisor(context.Terminal, result.GetValue(_launcher)!, workers, restarts).Run(
            first, again, () => File.Exists(folder.Options) && (result.GetValue(_resume) is not null || File.GetLastWriteTimeUtc(folder.Options) >= begin), stop);
    }

    /// <summary>Lets the first worker prepare the run, and gives every worker its options.</summary>
    private RunOptions? PrepareTogether(ParseResult result, CommandContext context, RunFolder folder)
    {
        string text = context.Job.Communicator.BroadcastText(() => Prepare(result, context, folder)?.ToJson() ?? string.Empty);
        return text.Length == 0 ? null : new OptionsBinder<RunOptions>(new RunOptions()).AddJson(text, "worker 0").Bind();
    }

    /// <summary>Makes the run folder, or finds the one to go on with.</summary>
    /// <returns>The options; null when the run has ended already.</returns>
    private RunOptions? Prepare(ParseResult result, CommandContext context, RunFolder folder)
    {
        RunOptions options;
        if (result.GetValue(_resume) is not null)
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
                return null;
            }

            options = _flags.Threads(result) is int threads ? options with { Training = options.Training with { Threads = threads } } : options;
            if (result.GetValue(_memory) is not null)
            {
                RequireMemory(result, options, context);
            }

            RequireShares(options, context.Job.Workers);
            return options;
        }

        options = _flags.Bind(result, result.GetValue(_data) is string data ? Path.GetFullPath(data) : null);

        // A model that can't be made leaves no run folder behind.
        RequireMemory(result, options, context);
        folder.Create(options, result.GetValue(_overwrite));
        return options;
    }

    private static void RequireShares(RunOptions options, int workers)
    {
        string[] problems = [.. WorkerShare.Problems(options.Training, workers)];
        if (problems.Length > 0)
        {
            throw new OptionsException(problems);
        }
    }

    /// <summary>Plans the model, and requires that each worker's part of it fits into the memory given.</summary>
    private void RequireMemory(ParseResult result, RunOptions options, CommandContext context)
    {
        RequireShares(options, context.Job.Workers);
        long? memory = result.GetValue(_memory) is string size ? MemorySize.Parse("--memory", size) : null;
        DatasetFolder dataset = RunFolder.OpenData(options);
        ModelPlan plan = DatasetPlan.Of(dataset, options, context.Time);
        if (memory is long bytes)
        {
            WorkerMemory.Require(options.Dlrm with { Model = plan.Options }, DataSources.InputsOf(dataset.Schema), context.Job.Workers, bytes);
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
        if (result.Workers > 1)
        {
            terminal.Output.WriteLine(
                $"{result.Workers} workers: {Format.Bytes((long)result.ExchangeBytesPerStep)} of gradients and rows from each in a step, {Format.Share(result.ExchangeShare)} of the time spent on exchanging them.");
        }
    }
}
