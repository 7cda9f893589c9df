using System.Globalization;
using System.Text.Json.Nodes;
using Dlrm.Tools.Tests.Support;

namespace Dlrm.Tools.Tests.Commands;

/// <summary>generate → train → evaluate → predict → inspect, as a user calls them.</summary>
/// <param name="fixture">Data and a trained model.</param>
public sealed class PipelineTests(TrainedFixture fixture) : IClassFixture<TrainedFixture>
{
    /// <summary>The generator tells what can be reached and what is true.</summary>
    [Fact]
    public void Generate_Json_TellsBestAucAndTrueRanks()
    {
        // The preset aims at 0.85; the standard error of the AUC of 1,600 rows is about 0.01.
        Assert.InRange((double)fixture.Generated["train"]!["expectedAuc"]!, 0.82, 0.88);
        Assert.Equal([3, 2], fixture.Generated["tables"]![0]!["ranks"]!.AsArray().Select(value => (int)value!));
        Assert.Equal(1600, (long)fixture.Generated["train"]!["samples"]!);
    }

    /// <summary>A run leaves everything that its folder promises.</summary>
    /// <param name="name">A file.</param>
    [Theory]
    [InlineData("options.json")]
    [InlineData("metrics.jsonl")]
    [InlineData("result.json")]
    [InlineData("report.html")]
    [InlineData("model/model.json")]
    [InlineData("model/model.safetensors")]
    [InlineData("model/posterior.safetensors")]
    [InlineData("checkpoints/step-25/manifest.json")]
    public void Train_RunFolder_HasTheFile(string name) => Assert.True(File.Exists(Path.Combine(fixture.Run, name)));

    /// <summary>The effective options are those of the flags.</summary>
    [Fact]
    public void Train_Options_AreWritten()
    {
        JsonNode options = JsonNode.Parse(File.ReadAllText(Path.Combine(fixture.Run, "options.json")))!;

        Assert.Equal(64, (int)options["training"]!["batchSize"]!);
        Assert.Equal("lowRank", (string)options["model"]!["tables"]!["kind"]!);
    }

    /// <summary>The stored model gives the same numbers as the one in memory.</summary>
    /// <returns>The task.</returns>
    [Fact]
    public async Task Evaluate_StoredModel_GivesTheNumbersOfTraining()
    {
        JsonObject result = (await Cli.RunAsync("evaluate", fixture.Run, "--json", "--threads", "1")).Succeeded().Json;

        Assert.Equal(fixture.Trained["test"]!.ToJsonString(), result["metrics"]!.ToJsonString());
        Assert.Equal((long)fixture.Trained["modelBytes"]!, (long)result["modelBytes"]!);
    }

    /// <summary>Every row of the split has a probability, and they average to what calibration says.</summary>
    /// <returns>The task.</returns>
    [Fact]
    public async Task Predict_Dataset_GivesOneProbabilityARow()
    {
        CommandLineResult result = (await Cli.RunAsync("predict", fixture.Run, fixture.Data, "--split", "test")).Succeeded();

        string[] lines = result.Output.TrimEnd('\n').Split('\n');
        Assert.Equal("probability", lines[0]);
        Assert.Equal(200, lines.Length - 1);
        Assert.All(lines.Skip(1), line => Assert.InRange(double.Parse(line, CultureInfo.InvariantCulture), 0, 1));
    }

    /// <summary>Posterior draws spread; a file that ends in .csv has commas.</summary>
    /// <returns>The task.</returns>
    [Fact]
    public async Task Predict_WithDeviation_WritesBothColumns()
    {
        using TemporaryFolder folder = new();

        (await Cli.RunAsync("predict", fixture.Run, fixture.Data, "--std", "--draws", "4", "--output", folder["p.csv"])).Succeeded();

        string[] lines = File.ReadAllLines(folder["p.csv"]);
        Assert.Equal("probability,deviation", lines[0]);
        Assert.Equal(201, lines.Length);
        Assert.Contains(lines.Skip(1), line => double.Parse(line.Split(',')[1], CultureInfo.InvariantCulture) > 0);
    }

    /// <summary>What is stored is described as it is stored.</summary>
    /// <returns>The task.</returns>
    [Fact]
    public async Task Inspect_Model_TellsKindsAndBytes()
    {
        JsonObject result = (await Cli.RunAsync("inspect", fixture.Run, "--json")).Succeeded().Json;

        JsonArray tables = result["model"]!["tables"]!.AsArray();
        Assert.Equal(8, tables.Count);
        Assert.Equal(["lowRank", "lowRank", "lowRank", "dense"], tables.Take(4).Select(table => (string)table!["kind"]!));
        Assert.Equal((long)fixture.Trained["denseModelBytes"]!, (long)result["denseBytes"]!);
        Assert.Equal((string)fixture.Trained["datasetFingerprint"]!, (string)result["model"]!["datasetFingerprint"]!);
    }

    /// <summary>People get tables.</summary>
    /// <param name="onData">The dataset, or the run.</param>
    /// <param name="expected">In the text.</param>
    /// <returns>The task.</returns>
    [Theory]
    [InlineData(false, "whole model")]
    [InlineData(false, "100,000")]
    [InlineData(true, "fingerprint")]
    public async Task Inspect_WithoutJson_PrintsATable(bool onData, string expected) =>
        Assert.Contains(expected, (await Cli.RunAsync("inspect", onData ? fixture.Data : fixture.Run)).Succeeded().Output, StringComparison.Ordinal);

    /// <summary>A run with tensorised towers is described as it is stored.</summary>
    /// <returns>The task.</returns>
    [Fact]
    public async Task Inspect_TensorizedTowers_TellsModesAndExecution()
    {
        using TemporaryFolder folder = new();
        string[] towers = ["--set", "model.bottomMlp.format=tt", "--set", "model.bottomMlp.compressAbove=100", "--set", "model.topMlp.format=cp", "--set", "model.topMlp.startRank=3"];
        JsonObject trained = (await Cli.RunAsync(["train", fixture.Data, "--output", folder["run"], .. TrainedFixture.SmallModel, .. towers, "--json"])).Succeeded().Json;

        JsonObject result = (await Cli.RunAsync("inspect", folder["run"], "--json")).Succeeded().Json;
        string text = (await Cli.RunAsync("inspect", folder["run"])).Succeeded().Output;

        Assert.Equal(["bottom.0", "bottom.1", "top.0"], result["model"]!["layers"]!.AsArray().Select(layer => (string)layer!["name"]!));
        Assert.Equal((long)trained["denseModelBytes"]!, (long)result["denseBytes"]!);
        Assert.Contains("multiply-adds", text, StringComparison.Ordinal);
        Assert.Contains("bottom.0", await File.ReadAllTextAsync(Path.Combine(folder["run"], "report.html")), StringComparison.Ordinal);
        JsonObject evaluated = (await Cli.RunAsync("evaluate", folder["run"], "--json", "--threads", "1")).Succeeded().Json;
        Assert.Equal(trained["test"]!.ToJsonString(), evaluated["metrics"]!.ToJsonString());
    }
}
