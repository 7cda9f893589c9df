using System.Diagnostics;
using System.Text.Json.Nodes;
using Dlrm.CommandLine.Bench;
using Dlrm.CommandLine.Bench.Peers;
using Dlrm.Tools.Tests.Support;

namespace Dlrm.Tools.Tests.Bench;

/// <summary>Tests of <c>dlrm bench --peers</c>. Nothing is said about who is faster.</summary>
public sealed class PeersBenchTests
{
    private const string Works = "ttm-forward-8-512-uniform,ttm-step-8-512-zipf,gemm-64-16-weight-1";

    /// <summary>Rows are measured on every side that is installed, and all sides agree on the results, or the command fails.</summary>
    /// <returns>The task.</returns>
    [Fact]
    public async Task Peers_ThatAreInstalled_AgreeAndAreMeasured()
    {
        using TemporaryFolder folder = new();

        JsonObject result = (await Cli.RunAsync("bench", "--peers", "--works", Works, "--rounds", "2", "--results", folder["r"], "--json")).Succeeded().Json;

        string[] missing = [.. result["missing"]!.AsArray().Select(peer => (string)peer!["name"]!)];
        Assert.Equal(["sgemm-1024", .. Works.Split(',')], Rows(result).Select(row => (string?)row["key"]));
        foreach (JsonObject row in Rows(result))
        {
            JsonObject[] sides = [.. row["sides"]!.AsArray().Select(side => side!.AsObject())];
            Assert.Equal("ours", (string?)sides[0]["name"]);
            Assert.All(sides, side => Assert.True((double)side["median"]! > 0 && (double)side["gflops"]! > 0 && side["rounds"]!.AsArray().Count == 2));
            Assert.DoesNotContain(sides, side => missing.Contains((string)side["name"]!));
            Assert.All(row["demands"]!.AsArray(), demand => Assert.Equal(missing.Contains((string)demand!["slow"]!), demand["ratio"] is null));
        }

        string page = await File.ReadAllTextAsync(folder["r/bench.md"]);
        Assert.Contains($"`./dlrm bench --peers --works {Works} --rounds 2`", page, StringComparison.Ordinal);
        Assert.Contains("rank 8, batch 512, Zipf 1.05", page, StringComparison.Ordinal);
    }

    /// <summary>Without peers our rows are measured all the same, and each peer is named with the command that installs it.</summary>
    /// <returns>The task.</returns>
    [Fact]
    public async Task Peers_ThatAreHidden_AreNamedWithTheirPackages()
    {
        using TemporaryFolder folder = new();
        ProcessStartInfo start = new("dotnet", [Cli.Program, "bench", "--peers", "--works", "ttm-forward-8-512-uniform", "--rounds", "1", "--results", folder["r"], "--json"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["PATH"] = folder.Path;

        using Process child = Process.Start(start)!;
        Task<string> error = child.StandardError.ReadToEndAsync();
        JsonObject result = new CommandLineResult(0, await child.StandardOutput.ReadToEndAsync(), string.Empty).Json;
        await child.WaitForExitAsync();

        Assert.True(child.ExitCode == 0, await error);
        Assert.Equal(["PyTorch", "plain C++", "OpenBLAS"], result["missing"]!.AsArray().Select(peer => (string?)peer!["name"]));
        Assert.All(Rows(result), row => Assert.Equal("ours", (string?)Assert.Single(row["sides"]!.AsArray())!["name"]));
        foreach (string package in (string[])["python3-torch", "g++", "libopenblas0-pthread"])
        {
            Assert.Contains(package, await error, StringComparison.Ordinal);
            Assert.Contains(package, await File.ReadAllTextAsync(folder["r/bench.md"]), StringComparison.Ordinal);
        }
    }

    /// <summary>Sides that compute different things are not compared.</summary>
    [Fact]
    public void Sides_ThatDisagree_AreRefused()
    {
        Contest contest = new()
        {
            Key = "made-up",
            Group = "g",
            Case = "c",
            Sides = [new SidePlan("a", _ => Side(1, 1.0)), new SidePlan("b", _ => Side(1, 1.1))],
            WarmUp = 0,
            Seconds = 0,
        };

        InvalidOperationException exception = Assert.Throws<InvalidOperationException>(() => Run(contest));

        Assert.Contains("a found 1 and b 1.1", exception.Message, StringComparison.Ordinal);
    }

    /// <summary>Sides have their turns one after another in every round, and a demand compares their medians.</summary>
    [Fact]
    public void Sides_OfARow_HaveTheirTurnsInOrder()
    {
        List<string> turns = [];
        Contest contest = new()
        {
            Key = "made-up",
            Group = TtmContests.Forward,
            Case = "c",
            Sides = [new SidePlan("ours", _ => Side(2, 7, () => turns.Add("ours"))), new SidePlan("absent", _ => null), new SidePlan("PyTorch", _ => Side(6, 7, () => turns.Add("PyTorch")))],
            Demands = [new Demand("ours", "PyTorch", 4), new Demand("ours", "PyTorch", 2), new Demand("ours", "absent", 1)],
            MultiplyAdds = 12e6,
            LeastMultiplyAdds = 6e6,
            WarmUp = 0,
            Seconds = 0,
        };

        ContestResult result = Run(contest);

        Assert.Equal(["ours", "PyTorch", "ours", "PyTorch", "ours", "PyTorch", "ours", "PyTorch"], turns);
        Assert.Equal([false, true, null], result.Demands.Select(demand => demand.Holds));
        Assert.Equal([3, 3, null], result.Demands.Select(demand => demand.Ratio));
        Assert.Equal([6.0, 4.0], result.Sides.Select(side => side.GigaFlops));
        Assert.Equal(2 * 6e6 * 4 / 6e-3 / 1e9, result.Demands[0].ImpliedGigaFlops, 1e-9);
    }

    private static ContestResult Run(Contest contest)
    {
        using PeerSet none = PeerSet.None();
        using StringWriter nowhere = new();
        CommandLine.Hosting.ProgressLine progress = new(new CommandLine.Hosting.Terminal(nowhere, nowhere, isInteractive: false, hasColor: false), TimeProvider.System, "test");
        return Assert.Single(new ContestRunner(none, 3, progress).Run([contest], CancellationToken.None));
    }

    private static FakeSide Side(double milliseconds, double check, Action? turn = null) => new(milliseconds, check, turn);

    private static IEnumerable<JsonObject> Rows(JsonObject result) => result["rows"]!.AsArray().Select(row => row!.AsObject());

    private sealed class FakeSide(double milliseconds, double check, Action? turn) : ISide
    {
        public double? Check => check;

        public IReadOnlyList<double> Measure(double seconds)
        {
            turn?.Invoke();
            return [milliseconds];
        }

        public void Dispose()
        {
        }
    }
}
