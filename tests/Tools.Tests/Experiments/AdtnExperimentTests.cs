using System.Text.Json.Nodes;
using Dlrm.CommandLine.Hosting;
using Dlrm.Tools.Tests.Support;

namespace Dlrm.Tools.Tests.Experiments;

/// <summary>Tests of the experiment with ADTNs, on small images.</summary>
public sealed class AdtnExperimentTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string[] Line =>
    [
        "experiment", "adtn", "--shared-data", _folder.Path, "--output", _folder["runs"], "--results", _folder["results"], "--threads", "2", "--set", "dense.hidden=[16]",
        "--set", "dense.epochs=4", "--set", "dense.optimizer.learningRate=0.03", "--set", "fitSteps=30", "--set", "epochs=4", "--set", "batchSize=50", "--set", "seeds=[1,2]",
        "--set", "variants=[{\"name\":\"adtn-2\",\"label\":\"two layers\",\"kind\":\"adtn\",\"size\":2,\"compressAbove\":200},{\"name\":\"qtt\",\"label\":\"train\",\"kind\":\"qtt\",\"size\":4,\"compressAbove\":100},"
            + "{\"name\":\"rank-10\",\"label\":\"whole rank\",\"kind\":\"lowRank\",\"size\":10,\"compressAbove\":200}]",
    ];

    /// <inheritdoc/>
    public void Dispose() => _folder.Dispose();

    /// <summary>A fit, two trainings, a page; the second call trains nothing.</summary>
    /// <returns>The task.</returns>
    [Fact]
    public async Task Experiment_SmallImages_WritesTableAndKeepsRuns()
    {
        SmallImages.Write(_folder, training: 1000, test: 300);

        JsonObject first = (await Cli.RunAsync([.. Line, "--json"])).Succeeded().Json;
        CommandLineResult second = (await Cli.RunAsync(Line)).Succeeded();

        JsonArray variants = first["variants"]!.AsArray();
        JsonObject adtn = variants[0]!["runs"]![0]!.AsObject();
        Assert.Equal(SmallImages.Pixels * 16, (int)adtn["denseElements"]!);
        Assert.Equal((16 * 2 * 7) - (12 * 4), (int)adtn["compressedElements"]!);
        Assert.Equal((16 * 2 * 7) - (12 * 4) + 16 + (16 * 10) + 10, (int)adtn["storedElements"]!);
        Assert.InRange((double)adtn["denseAccuracy"]!, 0.7, 1);
        Assert.True((double)adtn["trainedAccuracy"]! > (double)adtn["fittedAccuracy"]!);
        Assert.Equal((SmallImages.Pixels * 16) + (16 * 10), (int)variants[1]!["runs"]![0]!["denseElements"]!);
        Assert.Equal(6, second.Error.Split("done before").Length - 1);
        string page = File.ReadAllText(_folder["results/adtn.md"]);
        Assert.Contains("| two layers | 176 | 256 |", page, StringComparison.Ordinal);
        Assert.Contains("over seeds 1, 2", page, StringComparison.Ordinal);
        Assert.StartsWith("<svg", File.ReadAllText(_folder["results/adtn.svg"]), StringComparison.Ordinal);
    }

    /// <summary>A plan that says nothing possible is refused.</summary>
    /// <param name="setting">What is set.</param>
    /// <returns>The task.</returns>
    [Theory]
    [InlineData("epochs=0")]
    [InlineData("optimizer.learningRate=0")]
    [InlineData("seeds=[]")]
    public async Task Experiment_ImpossiblePlan_IsRefused(string setting)
    {
        CommandLineResult result = await Cli.RunAsync([.. Line, "--set", setting]);

        Assert.Equal(ExitCode.Usage, result.ExitCode);
    }
}
