using System.CommandLine;
using System.Text.Json;
using Dlrm.CommandLine.Bench;
using Dlrm.CommandLine.Bench.Peers;
using Dlrm.CommandLine.Configuration;
using Dlrm.CommandLine.Hosting;

namespace Dlrm.CommandLine.Commands;

/// <summary>Measures how fast this machine trains: our own step by operator, or our works against those of other programs.</summary>
internal sealed class BenchCommand : CliCommand
{
    private readonly Option<bool> _peers = new("--peers") { Description = "Compare with PyTorch, plain C++ loops and OpenBLAS, in turn, and write bench.md." };
    private readonly Option<string?> _works = new("--works") { Description = "With --peers: only rows whose names begin so: ttm-forward,gemm,dlrm.", HelpName = "name,name" };
    private readonly Option<int> _rounds = new("--rounds") { Description = "With --peers: how often every side has its turn.", HelpName = "n", DefaultValueFactory = _ => 5 };
    private readonly Option<string> _results = new("--results") { Description = "With --peers: where bench.md is written.", HelpName = "folder", DefaultValueFactory = _ => Path.Combine("docs", "results") };
    private readonly Option<bool> _json = SharedOptions.Json();

    /// <summary>Initializes a new instance of the <see cref="BenchCommand"/> class.</summary>
    internal BenchCommand()
        : base("bench", "Measure speed: our training step by operator, or with --peers our works against those of other programs.")
    {
        Examples =
        [
            ("./dlrm bench --peers", "against PyTorch, plain C++ and OpenBLAS; writes docs/results/bench.md"),
            ("./dlrm bench --peers --works ttm-forward --rounds 3", "some rows only"),
        ];
        foreach (Option option in (Option[])[_peers, _works, _rounds, _results, _json])
        {
            Options.Add(option);
        }
    }

    /// <inheritdoc/>
    protected override int Run(ParseResult result, CommandContext context, CancellationToken stop)
    {
        using BenchFiles files = new();
        using PeerSet peers = PeerSet.Start();
        string[] works = result.GetValue(_works)?.Split(',', StringSplitOptions.RemoveEmptyEntries) ?? [];
        Contest[] contests = [GemmContests.Sgemm(context.Time), .. TtmContests.All(files, context.Time).Concat(BagContests.All(files, context.Time)).Concat(GemmContests.All(context.Time)).Concat(KaggleContests.All(files, context.Time)).Where(c => works.Length == 0 || works.Any(w => c.Key.StartsWith(w, StringComparison.Ordinal)))];
        ContestRunner runner = new(peers, result.GetValue(_rounds), new ProgressLine(context.Terminal, context.Time, "Measuring"));
        List<ContestResult> results = runner.Run(contests, stop);
        context.Terminal.Output.WriteLine(JsonSerializer.Serialize(results, OptionsJson.Indented));
        return ExitCode.Done;
    }
}
