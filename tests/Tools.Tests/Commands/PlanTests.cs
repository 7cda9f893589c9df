using System.Text.Json.Nodes;
using Dlrm.Tools.Tests.Support;

namespace Dlrm.Tools.Tests.Commands;

/// <summary>Tests of <c>dlrm plan</c>.</summary>
/// <param name="fixture">Data and a trained model.</param>
public sealed class PlanTests(TrainedFixture fixture) : IClassFixture<TrainedFixture>
{
    /// <summary>The published shapes have the published numbers of parameters: five tensorised tables together.</summary>
    /// <param name="format">The format.</param>
    /// <param name="expected">BAYESIAN §11.</param>
    /// <returns>The task.</returns>
    [Theory]
    [InlineData("ttm", 1_130_048)]
    [InlineData("tt", 1_135_752)]
    [InlineData("cp", 1_141_597)]
    [InlineData("tucker", 1_131_212)]
    public async Task Plan_PublishedShape_HasThePublishedNumberOfParameters(string format, long expected)
    {
        JsonObject plan = (await Cli.RunAsync("plan", "--preset", "kaggle", "--format", format, "--json")).Succeeded().Json;

        JsonObject[] tensors = [.. plan["tensors"]!.AsArray().Select(node => node!.AsObject()).Where(tensor => (string?)tensor["kind"] == format)];
        Assert.Equal(["tables.C3", "tables.C4", "tables.C12", "tables.C16", "tables.C21"], tensors.Select(tensor => (string?)tensor["name"]));
        Assert.Equal([10131227L, 2202608, 8351593, 5461306, 7046547], tensors.Select(tensor => (long)tensor["rows"]!));
        Assert.Equal(expected, tensors.Sum(tensor => (long)tensor["parameters"]!));
        Assert.Equal(4_248_739_968L * sizeof(float), tensors.Sum(tensor => (long)tensor["denseBytes"]!));
        Assert.Equal(26, plan["tensors"]!.AsArray().Count(tensor => ((string)tensor!["name"]!).StartsWith("tables.", StringComparison.Ordinal)));
        Assert.True((double)plan["predictedMilliseconds"]! > 0);
    }

    /// <summary>What the plan says of a dataset is what training then makes.</summary>
    /// <returns>The task.</returns>
    [Fact]
    public async Task Plan_OfADatasetWithABudget_IsWhatTrainingStores()
    {
        using TemporaryFolder folder = new();
        string[] options = ["--tables", "auto", "--budget", "30x", "--batch-size", "64", "--threads", "2", "--set", "rankPrior.inference=fixedRanks"];

        JsonObject plan = (await Cli.RunAsync(["plan", "--data", fixture.Data, .. options, "--json"])).Succeeded().Json;
        JsonObject run = (await Cli.RunAsync(["train", fixture.Data, "--output", folder["r"], .. options, "--json"])).Succeeded().Json;

        Assert.Equal((long)run["modelBytes"]!, (long)plan["bytes"]!);
        Assert.Equal((long)run["denseModelBytes"]!, (long)plan["denseBytes"]!);
        Assert.InRange((long)plan["bytes"]!, 1, (long)plan["budgetBytes"]!);
        (await Cli.RunAsync("evaluate", folder["r"])).Succeeded();
    }

    /// <summary>People read a table, reasons and totals.</summary>
    /// <returns>The task.</returns>
    [Fact]
    public async Task Plan_OfCardinalities_ShowsShapesReasonsAndTotals()
    {
        string output = (await Cli.RunAsync("plan", "--cardinalities", "60000,2000000,50", "--dense", "4", "--tables", "auto")).Succeeded().Output;

        Assert.Contains("59968·1", output, StringComparison.Ordinal);
        Assert.Contains("C2: auto: more than 100000 rows", output, StringComparison.Ordinal);
        Assert.Contains("C3: at most compressAbove", output, StringComparison.Ordinal);
        Assert.Contains("whole model", output, StringComparison.Ordinal);
        Assert.Contains("ms a step of 128", output, StringComparison.Ordinal);
    }

    /// <summary>A format is a kind, for short.</summary>
    /// <param name="name">The name on the command line.</param>
    /// <param name="kind">The kind.</param>
    /// <param name="format">The format.</param>
    /// <returns>The task.</returns>
    [Theory]
    [InlineData("tt", "lowRank", "tt")]
    [InlineData("ring", "lowRank", "ring")]
    [InlineData("auto", "auto", "auto")]
    [InlineData("dense", "dense", "ttm")]
    public async Task Options_TablesByFormat_SetKindAndFormat(string name, string kind, string format)
    {
        JsonObject tables = (await Cli.RunAsync("options", "--tables", name)).Succeeded().Json["model"]!["tables"]!.AsObject();

        Assert.Equal((kind, format), ((string?)tables["kind"], (string?)tables["format"]));
    }
}
