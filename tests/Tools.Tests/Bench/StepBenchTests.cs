using System.Text.Json.Nodes;
using Dlrm.Tools.Tests.Support;

namespace Dlrm.Tools.Tests.Bench;

/// <summary>Tests of <c>dlrm bench</c> without peers.</summary>
public sealed class StepBenchTests
{
    private static readonly string[] Small = ["--set", "model.bottomMlp=[8,16]", "--set", "model.topMlp=[8]", "--set", "model.tables.startRank=2", "--batch-size", "32", "--threads", "1"];

    /// <summary>A step of a model with TT-matrices has their operators, and the shares of all parts are those of one step.</summary>
    /// <returns>The task.</returns>
    [Fact]
    public async Task Step_OfACompressedModel_IsMadeOfItsOperators()
    {
        JsonObject result = (await Cli.RunAsync(["bench", "--steps", "3", .. Small, "--json"])).Succeeded().Json;

        JsonObject step = result["step"]!.AsObject();
        Dictionary<string, JsonObject> operators = step["operators"]!.AsArray().ToDictionary(part => (string)part!["name"]!, part => part!.AsObject());
        Assert.Equal(3, (int)step["steps"]!);
        Assert.Equal(5, (double)operators["TtmRows"]["calls"]!);
        Assert.Equal(26, (double)operators["GroupRows"]["calls"]!);
        Assert.Equal(1, (double)operators["DotInteraction"]["calls"]!);
        Assert.True((double)operators["Gemm"]["gigaFlops"]! > 0);
        Assert.True((double)step["samplesPerSecond"]! > 0 && (long)step["peakBytes"]! > 0);
        Assert.InRange(operators.Values.Sum(part => (double)part["share"]!) + (double)step["outsideShare"]! + (double)step["dataWaitShare"]!, 0.999, 1.01);
        Assert.True((double)result["peaks"]!["multiplyAdd"]! > 0);
    }

    /// <summary>People read a table, the speed and the machine.</summary>
    /// <returns>The task.</returns>
    [Fact]
    public async Task Step_ForPeople_ShowsOperatorsSpeedAndMachine()
    {
        string output = (await Cli.RunAsync(["bench", "--steps", "1", .. Small])).Succeeded().Output;

        Assert.Contains("TtmRowGradients", output, StringComparison.Ordinal);
        Assert.Contains("outside operators", output, StringComparison.Ordinal);
        Assert.Contains("samples/s", output, StringComparison.Ordinal);
        Assert.Contains("GFLOP/s of fused multiply-adds a processor", output, StringComparison.Ordinal);
    }
}
