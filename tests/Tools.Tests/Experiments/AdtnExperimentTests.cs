using System.Text.Json.Nodes;
using Dlrm.CommandLine.Hosting;
using Dlrm.Tools.Tests.Support;

namespace Dlrm.Tools.Tests.Experiments;

/// <summary>Tests of the experiment with ADTNs, on small images.</summary>
public sealed class AdtnExperimentTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string[] Settings =>
    [
        "--shared-data", _folder.Path, "--output", _folder["runs"], "--results", _folder["results"], "--threads", "2", "--set", "fitSteps=30", "--set", "epochs=4", "--set", "batchSize=50",
    ];

    private string[] Line =>
    [
        "experiment", "adtn-fc2", .. Settings, "--set", "dense.hidden=[16]", "--set", "dense.epochs=4", "--set", "dense.optimizer.learningRate=0.03", "--set", "seeds=[1,2]",
        "--set", "variants=[{\"name\":\"adtn-2\",\"label\":\"two layers\",\"kind\":\"adtn\",\"size\":2,\"compressAbove\":200},{\"name\":\"qtt\",\"label\":\"train\",\"kind\":\"qtt\",\"size\":4,\"compressAbove\":100},"
            + "{\"name\":\"rank-10\",\"label\":\"whole rank\",\"kind\":\"lowRank\",\"size\":10,\"compressAbove\":150},{\"name\":\"random\",\"label\":\"noise\",\"kind\":\"random\",\"compressAbove\":200},"
            + "{\"name\":\"dense\",\"label\":\"as long\",\"kind\":\"dense\",\"compressAbove\":200,\"learningRate\":0.01}]",
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

        // A train of ranks 4 can't be nearer than its unfoldings allow; a matrix of ten columns and rank 10 is anything.
        JsonNode train = variants[1]!["runs"]![0]!;
        Assert.InRange((double)train["leastDistance"]!, 0.01, (double)train["distance"]!);
        JsonNode whole = variants[2]!["runs"]![1]!;
        Assert.InRange((double)whole["distance"]!, 0, 0.2);
        Assert.InRange((double)whole["leastDistance"]!, 0, (double)whole["distance"]! + 1e-6);
        JsonNode random = variants[3]!["runs"]![0]!;
        Assert.Equal(0, (int)random["compressedElements"]!);
        Assert.Equal("NaN", (string)random["frozenAccuracy"]!);
        Assert.True((double)random["trainedAccuracy"]! > (double)random["fittedAccuracy"]!);
        JsonNode dense = variants[4]!["runs"]![0]!;
        Assert.Equal((double)dense["denseAccuracy"]!, (double)dense["fittedAccuracy"]!);
        Assert.Equal(10, second.Error.Split("done before").Length - 1);
        string page = File.ReadAllText(_folder["results/adtn-fc2.md"]);
        Assert.Contains("| two layers | 176 | 256 |", page, StringComparison.Ordinal);
        Assert.Contains("| noise | 0 | 256 | – | – |", page, StringComparison.Ordinal);
        Assert.Contains("over seeds 1, 2", page, StringComparison.Ordinal);
        Assert.StartsWith("<svg", File.ReadAllText(_folder["results/adtn-fc2.svg"]), StringComparison.Ordinal);
    }

    /// <summary>All nets: one section a net, those without images are named, and what people wrote into the page stays.</summary>
    /// <returns>The task.</returns>
    [Fact]
    public async Task Experiment_AllNetsWithoutCifar_SkipsItAndKeepsTheReading()
    {
        SmallImages.Write(_folder, training: 300, test: 100);
        string[] line =
        [
            "experiment", "adtn", .. Settings, "--set", "seeds=[1]", "--set", "dense={\"hidden\":[16],\"epochs\":1,\"convolutions\":[],\"image\":null}", "--set", "compressAbove=200",
            "--set", "variants=[{\"name\":\"adtn-1\",\"label\":\"one layer\",\"kind\":\"adtn\",\"size\":1}]",
        ];

        CommandLineResult first = (await Cli.RunAsync(line)).Succeeded();
        string page = File.ReadAllText(_folder["results/adtn.md"]);
        const string Reading = "\n## Reading\n\nWhat a person makes of it.\n";
        File.WriteAllText(_folder["results/adtn.md"], page.Replace("\n## FC-2", Reading + "\n## FC-2", StringComparison.Ordinal));
        JsonObject second = (await Cli.RunAsync([.. line, "--json"])).Succeeded().Json;

        Assert.Contains("adtn-vgg is skipped: there is no folder", first.Error, StringComparison.Ordinal);
        Assert.Equal(["adtn-fc2", "adtn-lenet5"], second["plans"]!.AsArray().Select(static plan => (string)plan!["name"]!));
        string again = File.ReadAllText(_folder["results/adtn.md"]);
        Assert.Contains(Reading + "\n## FC-2", again, StringComparison.Ordinal);
        Assert.Equal(page, again.Replace(Reading, string.Empty, StringComparison.Ordinal));
        Assert.Contains("Not run: A small net in the style of VGG", again, StringComparison.Ordinal);
        Assert.True(File.Exists(_folder["results/adtn-lenet5.svg"]));
    }

    /// <summary>Validation takes the last training images for the test; the test images are not seen.</summary>
    /// <returns>The task.</returns>
    [Fact]
    public async Task Experiment_ValidationImages_AreOtherImages()
    {
        SmallImages.Write(_folder, training: 1100, test: 1);

        JsonObject result = (await Cli.RunAsync([.. Line, "--json", "--set", "seeds=[1]", "--set", "validationImages=100"])).Succeeded().Json;

        // One test image would be right or wrong, nothing between.
        Assert.InRange((double)result["variants"]![0]!["runs"]![0]!["denseAccuracy"]!, 0.5, 0.999);
        Assert.Contains("The last 100 training images stand for the test images", File.ReadAllText(_folder["results/adtn-fc2.md"]), StringComparison.Ordinal);
    }

    /// <summary>No images at all is said.</summary>
    /// <returns>The task.</returns>
    [Fact]
    public async Task Experiment_NoImages_SaysWhatIsMissing()
    {
        CommandLineResult all = await Cli.RunAsync(["experiment", "adtn", .. Settings]);
        CommandLineResult one = await Cli.RunAsync(["experiment", "adtn-vgg", .. Settings]);

        Assert.Equal((ExitCode.Usage, ExitCode.BadData), (all.ExitCode, one.ExitCode));
        Assert.Contains("has neither mnist nor cifar10-subset", all.Error, StringComparison.Ordinal);
    }

    /// <summary>A plan that says nothing possible is refused.</summary>
    /// <param name="setting">What is set.</param>
    /// <returns>The task.</returns>
    [Theory]
    [InlineData("epochs=0")]
    [InlineData("optimizer.learningRate=0")]
    [InlineData("seeds=[]")]
    [InlineData("slope=2")]
    public async Task Experiment_ImpossiblePlan_IsRefused(string setting)
    {
        CommandLineResult result = await Cli.RunAsync([.. Line, "--set", setting]);

        Assert.Equal(ExitCode.Usage, result.ExitCode);
    }
}
