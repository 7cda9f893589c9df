using System.Text.Json.Nodes;
using Dlrm.CommandLine.Hosting;
using Dlrm.Tools.Tests.Support;

namespace Dlrm.Tools.Tests.Experiments;

/// <summary>Tests of the experiment with planted tensors, on fits of seconds.</summary>
public sealed class RecoveryExperimentTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string[] Line =>
    [
        "experiment", "recovery", "--output", _folder["runs"], "--results", _folder["results"], "--threads", "2", "--set", "formats=[\"ttm\",\"cp\"]", "--set", "orders=[3]",
        "--set", "noises=[0.3]", "--set", "seeds=2", "--set", "controlSeeds=1", "--set", "steps=1500",
    ];

    /// <inheritdoc/>
    public void Dispose() => _folder.Dispose();

    /// <summary>Fits, a page and JSON; the second call fits nothing, one with more seeds only those.</summary>
    /// <returns>The task.</returns>
    [Fact]
    public async Task Experiment_Recovery_WritesTableAndKeepsFits()
    {
        JsonObject first = (await Cli.RunAsync([.. Line, "--json"])).Succeeded().Json;
        CommandLineResult second = (await Cli.RunAsync(Line)).Succeeded();
        CommandLineResult more = (await Cli.RunAsync([.. Line, "--set", "seeds=3"])).Succeeded();

        // Told and gauge moves with evidence for both seeds, three controls for one.
        JsonArray trials = first["trials"]!.AsArray();
        Assert.Equal(2 * ((2 * 2) + 3), trials.Count);
        Assert.All(trials.Where(trial => (string)trial!["method"]! == "told"), trial => Assert.Equal(trial!["true"]!.ToJsonString(), trial["found"]!.ToJsonString()));
        Assert.All(trials.Where(trial => (string)trial!["method"]! == "gauge-evidence"), trial => Assert.True((int)trial!["storedElements"]! < 2 * (int)trial["trueElements"]!));
        Assert.Contains("14 fits, 14 done before", second.Error, StringComparison.Ordinal);
        Assert.Contains("18 fits, 14 done before", more.Error, StringComparison.Ordinal);
        string page = File.ReadAllText(_folder["results/recovery.md"]);
        Assert.Contains("| cp | 3 | 0.3 | gauge moves, evidence |", page, StringComparison.Ordinal);
        Assert.Contains("of 3 |", page, StringComparison.Ordinal);
        Assert.Contains("Machine: ", page, StringComparison.Ordinal);
    }

    /// <summary>A plan that says nothing possible is refused.</summary>
    /// <returns>The task.</returns>
    [Fact]
    public async Task Experiment_RecoveryOfOrderFive_IsRefused()
    {
        CommandLineResult result = await Cli.RunAsync([.. Line, "--set", "orders=[5]"]);

        Assert.Equal(ExitCode.Usage, result.ExitCode);
        Assert.Contains("orders of 3 or 4", result.Error, StringComparison.Ordinal);
    }
}
