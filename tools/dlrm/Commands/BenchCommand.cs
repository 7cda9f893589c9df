using System.CommandLine;
using System.Text.Json;
using Dlrm.CommandLine.Bench;
using Dlrm.CommandLine.Configuration;
using Dlrm.CommandLine.Hosting;
using Dlrm.CommandLine.Runs;
using Dlrm.Data;

namespace Dlrm.CommandLine.Commands;

/// <summary>Measures how fast this machine trains: our own step by operator, or our works against those of other programs.</summary>
internal sealed class BenchCommand : CliCommand
{
    private const string DefaultPreset = "kaggle-five";
    private readonly Option<bool> _peers = new("--peers") { Description = "Compare with PyTorch, plain C++ loops and OpenBLAS, in turn, and write bench.md." };
    private readonly Option<string?> _works = new("--works") { Description = "With --peers: only rows whose names begin so: ttm-forward,gemm,dlrm.", HelpName = "name,name" };
    private readonly Option<int> _rounds = new("--rounds") { Description = "With --peers: how often every side has its turn.", HelpName = "n", DefaultValueFactory = _ => 5 };
    private readonly Option<string> _results = new("--results") { Description = "With --peers: where bench.md is written.", HelpName = "folder", DefaultValueFactory = _ => Path.Combine("docs", "results") };
    private readonly Option<int> _steps = new("--steps") { Description = "Without --peers: the measured steps.", HelpName = "n", DefaultValueFactory = _ => 60 };
    private readonly Option<string?> _data = new("--data") { Description = "Without --peers: train on this dataset, instead of generated batches.", HelpName = "folder" };
    private readonly Option<bool> _json = SharedOptions.Json();
    private readonly RunOptionFlags _flags = new();

    /// <summary>Initializes a new instance of the <see cref="BenchCommand"/> class.</summary>
    internal BenchCommand()
        : base("bench", "Measure speed: our training step by operator, or with --peers our works against those of other programs.")
    {
        Examples =
        [
            ("./dlrm bench", "a step on Criteo Kaggle's cardinalities, the five largest tables as TT-matrices"),
            ("./dlrm bench --preset kaggle --data data/criteo --threads 1", "other options, real rows"),
            ("./dlrm bench --peers", "against PyTorch, plain C++ and OpenBLAS; writes docs/results/bench.md"),
            ("./dlrm bench --peers --works ttm-forward,gemm --rounds 3 --results runs/bench", "some rows only"),
        ];
        foreach (Option option in (Option[])[_peers, _works, _rounds, _results, _steps, _data])
        {
            Options.Add(option);
        }

        _flags.AddTo(this);
        Options.Add(_json);
    }

    /// <inheritdoc/>
    protected override int Run(ParseResult result, CommandContext context, CancellationToken stop)
    {
        Check(_rounds);
        Check(_steps);
        if (result.GetValue(_peers))
        {
            string[] given = [.. _flags.Given(result)];
            if (given.Length > 0 || result.GetValue(_data) is not null)
            {
                throw new UsageException($"--peers measures fixed works; leave out {(given.Length > 0 ? given[0] : _data.Name)}.");
            }

            RunPeers(result, context, stop);
        }
        else if (result.GetValue(_works) is not null)
        {
            throw new UsageException("--works chooses among the rows of --peers; give both, or neither.");
        }
        else
        {
            RunStep(result, context, stop);
        }

        return ExitCode.Done;

        void Check(Option<int> option)
        {
            if (result.GetValue(option) < 1)
            {
                throw new UsageException($"{option.Name} is {result.GetValue(option)}; it must be at least 1.");
            }
        }
    }

    private void RunPeers(ParseResult result, CommandContext context, CancellationToken stop)
    {
        string? works = result.GetValue(_works);
        string folder = result.GetValue(_results)!;
        string command = "./dlrm bench --peers" + (works is null ? string.Empty : $" --works {works}") + (result.GetValue(_rounds) == 5 ? string.Empty : $" --rounds {result.GetValue(_rounds)}");
        PeersResult comparison = PeersBench.Run(works?.Split(',', StringSplitOptions.RemoveEmptyEntries) ?? [], result.GetValue(_rounds), command, context, stop);
        string path = PeersReport.Save(comparison, folder);
        if (result.GetValue(_json))
        {
            context.Terminal.Output.WriteLine(JsonSerializer.Serialize(comparison, OptionsJson.Line));
        }
        else
        {
            PeersTables.Print(context.Terminal, comparison);
        }

        context.Terminal.Note($"Written: {path}");
    }

    private void RunStep(ParseResult result, CommandContext context, CancellationToken stop)
    {
        string? folder = result.GetValue(_data);
        RunOptions options = _flags.Bind(result, folder, DefaultPreset);
        DatasetFolder? dataset = folder is null ? null : DatasetFolder.Open(folder);
        ModelInputs? inputs = dataset is null ? PlannedInputs.Find(null, null, _flags.Preset(result) ?? DefaultPreset) : null;
        StepResult step = StepBench.Run(options, inputs, dataset, result.GetValue(_steps), context.Time, stop);
        MachinePeaks peaks = MachinePeaks.Measure(Machine.Threads(options.Training.Threads), context.Time);
        if (result.GetValue(_json))
        {
            context.Terminal.Output.WriteLine(JsonSerializer.Serialize(new { Version = Machine.Version, Machine = Machine.Describe(), Peaks = peaks, Step = step }, OptionsJson.Line));
        }
        else
        {
            StepTables.Print(context.Terminal, step, peaks);
        }
    }
}
