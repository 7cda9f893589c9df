using System.Text.Json.Nodes;
using Dlrm.CommandLine.Hosting;
using Dlrm.Tools.Tests.Support;

namespace Dlrm.Tools.Tests.Experiments;

/// <summary>Tests of experiments with labelled images, on a folder of small ones.</summary>
public sealed class ImageExperimentTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string[] Line =>
        ["experiment", "mnist", "--shared-data", _folder.Path, "--output", _folder["runs"], "--results", _folder["results"], "--threads", "2", "--set", "options.hidden=[8]", "--set", "options.epochs=3", "--set", "options.optimizer.learningRate=0.03", "--set", "seeds=[1,2]"];

    /// <inheritdoc/>
    public void Dispose() => _folder.Dispose();

    /// <summary>Accuracy, parameters and a page; the second call trains nothing; other options do.</summary>
    /// <returns>The task.</returns>
    [Fact]
    public async Task Experiment_SmallImages_WritesTableAndKeepsRuns()
    {
        SmallImages.Write(_folder, training: 1500, test: 300);

        JsonObject first = (await Cli.RunAsync([.. Line, "--json"])).Succeeded().Json;
        CommandLineResult second = (await Cli.RunAsync(Line)).Succeeded();
        CommandLineResult longer = (await Cli.RunAsync([.. Line, "--set", "options.epochs=4"])).Succeeded();

        JsonObject dense = first["variants"]![0]!.AsObject();
        Assert.Equal("dense", (string)dense["name"]!);
        Assert.Equal((SmallImages.Pixels * 8) + 8 + (8 * 10) + 10, (int)dense["storedElements"]!);
        Assert.InRange((double)dense["accuracy"]!["mean"]!, 0.5, 1);
        Assert.True((double)dense["accuracy"]!["deviation"]! > 0 || (double)dense["logLoss"]!["deviation"]! > 0);
        Assert.Equal(2 * first["variants"]!.AsArray().Count, second.Error.Split("done before").Length - 1);
        Assert.Contains("dense", second.Output, StringComparison.Ordinal);
        Assert.Contains("epoch 4 of 4, step 48", longer.Error, StringComparison.Ordinal);
        string page = File.ReadAllText(_folder["results/mnist.md"]);
        Assert.StartsWith("# MNIST, fully connected 784-512-10: a subset of 1,500 training images", page, StringComparison.Ordinal);
        Assert.Contains("over seeds 1, 2; 1,500 training and 300 test images", page, StringComparison.Ordinal);
        Assert.Contains("| dense | 0.", page, StringComparison.Ordinal);
        Assert.Contains("Machine: ", page, StringComparison.Ordinal);
        Assert.StartsWith("<svg", File.ReadAllText(_folder["results/mnist.svg"]), StringComparison.Ordinal);
    }

    /// <summary>Other images under the same names are trained on anew.</summary>
    /// <returns>The task.</returns>
    [Fact]
    public async Task Experiment_OtherImages_RunsAgain()
    {
        SmallImages.Write(_folder, training: 200, test: 50);
        (await Cli.RunAsync(Line)).Succeeded();
        SmallImages.Write(_folder, training: 201, test: 50);

        CommandLineResult result = (await Cli.RunAsync(Line)).Succeeded();

        Assert.DoesNotContain("done before", result.Error, StringComparison.Ordinal);
    }

    /// <summary>Data that are not there or not whole are told in one sentence.</summary>
    /// <returns>The task.</returns>
    [Fact]
    public async Task Experiment_MissingOrTruncatedImages_IsBadDataInOneSentence()
    {
        await Says("There is no folder '" + _folder["mnist"]);
        SmallImages.Write(_folder, training: 20, test: 10);
        string file = _folder["mnist/t10k-images-idx3-ubyte"];
        byte[] bytes = File.ReadAllBytes(file);
        File.WriteAllBytes(file, bytes[..^5]);
        await Says("promises 10 × 4 × 4 = 160 bytes");
        File.Delete(file);
        await Says("lacks t10k-images-idx3-ubyte (plain or .gz)");

        async Task Says(string problem)
        {
            CommandLineResult result = await Cli.RunAsync(Line);
            Assert.Equal(ExitCode.BadData, result.ExitCode);
            Assert.Contains(problem, result.Error, StringComparison.Ordinal);
            Assert.Single(result.Error.TrimEnd().Split('\n'));
            Assert.Empty(result.Output);
        }
    }

    /// <summary>Options of a classifier are checked, and those of a DLRM are not among them.</summary>
    /// <param name="setting">What is set.</param>
    /// <param name="problem">A part of the message.</param>
    /// <returns>The task.</returns>
    [Theory]
    [InlineData("options.epochs=0", "epochs is 0")]
    [InlineData("options.topMlp=[3]", "topMlp")]
    [InlineData("data.rows=3", "inputs, datasets, data and bytesOf belong to experiments with a DLRM")]
    public async Task Experiment_WrongOption_IsWrongUse(string setting, string problem)
    {
        SmallImages.Write(_folder, training: 20, test: 10);

        CommandLineResult result = await Cli.RunAsync([.. Line, "--set", setting]);

        Assert.Equal(ExitCode.Usage, result.ExitCode);
        Assert.Contains(problem, result.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["results"]));
    }
}
