using System.Globalization;
using Dlrm.Tools.Tests.Onnx;
using Dlrm.Tools.Tests.Support;

namespace Dlrm.Tools.Tests.Commands;

/// <summary>export, as a user calls it.</summary>
/// <param name="fixture">A trained model.</param>
public sealed class ExportTests(TrainedFixture fixture) : IClassFixture<TrainedFixture>
{
    /// <summary>A trained model predicts in an ONNX run-time what <c>DlrmModel.Predict</c> says; a file that is there stays.</summary>
    /// <returns>The task.</returns>
    [Fact]
    public async Task Export_TrainedModel_PredictsTheSame()
    {
        using TemporaryFolder folder = new();
        using DlrmModel model = DlrmModel.Load(fixture.Run);
        float[] dense = [.. Enumerable.Range(0, 5 * model.Inputs.DenseFeatures).Select(i => 0.1f * i)];
        long[] ids = [.. Enumerable.Range(0, 5 * model.Inputs.Names.Count).Select(i => i * 7 % model.Inputs.Cardinalities[i % model.Inputs.Names.Count])];

        CommandLineResult result = (await Cli.RunAsync("export", fixture.Run, "--output", folder["model.onnx"])).Succeeded();
        CommandLineResult again = await Cli.RunAsync("export", fixture.Run, "--output", folder["model.onnx"]);

        (_, float[] probabilities) = await OnnxRuntime.RunAsync(
            folder["model.onnx"], new() { ["dense"] = OnnxRuntime.Tensor(dense, 5, model.Inputs.DenseFeatures), ["ids"] = OnnxRuntime.Tensor(ids, 5, model.Inputs.Names.Count) });
        float[] expected = model.Predict(dense, ids);
        Assert.All(Enumerable.Range(0, 5), i => Assert.Equal(expected[i], probabilities[i], 1e-5f));
        Assert.Contains("model.onnx, ", result.Error, StringComparison.Ordinal);
        Assert.Equal(2, again.ExitCode);
        Assert.Contains("--overwrite", again.Error, StringComparison.Ordinal);
        Assert.Equal([folder["model.onnx"]], Directory.GetFiles(folder.Path));
    }

    /// <summary>With --bags every feature has indices and offsets.</summary>
    /// <returns>The task.</returns>
    [Fact]
    public async Task Export_Bags_TakesIndicesAndOffsets()
    {
        using TemporaryFolder folder = new();
        using DlrmModel model = DlrmModel.Load(fixture.Run);
        (await Cli.RunAsync("export", fixture.Run, "--output", folder["model.onnx"], "--bags")).Succeeded();
        System.Text.Json.Nodes.JsonObject inputs = new() { ["dense"] = OnnxRuntime.Tensor(new float[2 * model.Inputs.DenseFeatures], 2, model.Inputs.DenseFeatures) };
        foreach (string name in model.Inputs.Names)
        {
            inputs[name + ".indices"] = OnnxRuntime.Tensor([1L, 0L], 2);
            inputs[name + ".offsets"] = OnnxRuntime.Tensor([0L, 1L, 2L], 3);
        }

        (_, float[] probabilities) = await OnnxRuntime.RunAsync(folder["model.onnx"], inputs);

        float[] expected = model.Predict(new float[2 * model.Inputs.DenseFeatures], [.. Enumerable.Repeat(1L, model.Inputs.Names.Count), .. new long[model.Inputs.Names.Count]]);
        Assert.Equal(expected[0], probabilities[0], 1e-5f);
        Assert.Equal(expected[1], probabilities[1], 1e-5f);
        Assert.NotEqual(expected[0].ToString("F5", CultureInfo.InvariantCulture), expected[1].ToString("F5", CultureInfo.InvariantCulture));
    }
}
