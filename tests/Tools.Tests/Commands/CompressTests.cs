using System.Text.Json.Nodes;
using Dlrm.Tools.Tests.Support;

namespace Dlrm.Tools.Tests.Commands;

/// <summary>train dense → compress → evaluate and predict, as a user calls them.</summary>
/// <param name="fixture">A dataset.</param>
public sealed class CompressTests(TrainedFixture fixture) : IClassFixture<TrainedFixture>
{
    /// <summary>The compressed model keeps its bytes, is measured as it is stored, and takes the same rows.</summary>
    /// <returns>The task.</returns>
    [Fact]
    public async Task Compress_DenseModel_IsAModelOfTheAskedBytes()
    {
        using TemporaryFolder folder = new();
        JsonObject dense = (await Cli.RunAsync(["train", fixture.Data, "--output", folder["dense"], .. TrainedFixture.SmallModel, "--set", "model.tables.kind=dense", "--json"])).Succeeded().Json;

        JsonObject result = (await Cli.RunAsync("compress", folder["dense"], "--budget", "10x", "--output", folder["small"], "--evaluate", fixture.Data, "--json")).Succeeded().Json;

        Assert.True((long)result["bytes"]! <= (long)dense["modelBytes"]! / 10, $"{result["bytes"]} of {dense["modelBytes"]} bytes.");
        Assert.Equal(dense["test"]!.ToJsonString(), result["before"]!.ToJsonString());
        JsonObject evaluated = (await Cli.RunAsync("evaluate", folder["small"], "--data", fixture.Data, "--json")).Succeeded().Json;
        Assert.Equal(result["after"]!.ToJsonString(), evaluated["metrics"]!.ToJsonString());
        Assert.Equal((long)result["bytes"]!, (long)evaluated["modelBytes"]!);
        string text = (await Cli.RunAsync("compress", folder["dense"], "--budget", "10x", "--output", folder["small"], "--overwrite")).Succeeded().Output;
        Assert.Contains("worst row", text, StringComparison.Ordinal);
    }

    /// <summary>Wrong use ends with 2 and says the way out.</summary>
    /// <returns>The task.</returns>
    [Fact]
    public async Task Compress_WrongUse_SaysTheWayOut()
    {
        using TemporaryFolder folder = new();
        string there = folder["there"];
        Directory.CreateDirectory(there);

        await FailsAsync("--overwrite", "compress", fixture.Run, "--budget", "10x", "--output", there);
        await FailsAsync("100x", "compress", fixture.Run, "--budget", "ten", "--output", folder["new"]);
        await FailsAsync("compress a model whose tables are dense", "compress", fixture.Run, "--budget", "10x", "--output", folder["new"]);
    }

    private static async Task FailsAsync(string says, params string[] words)
    {
        CommandLineResult result = await Cli.RunAsync(words);
        Assert.Equal(2, result.ExitCode);
        Assert.Contains(says, result.Error, StringComparison.Ordinal);
    }
}
