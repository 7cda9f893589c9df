using System.Text.Json.Nodes;
using Dlrm.CommandLine.Hosting;
using Dlrm.CommandLine.Scaling;
using Dlrm.Tools.Tests.Support;

namespace Dlrm.Tools.Tests.Commands;

/// <summary>Tests of <c>dlrm plan --workers</c>.</summary>
/// <param name="fixture">Data.</param>
[Trait("Speed", "Slow")]
public sealed class WorkersPlanTests(TrainedFixture fixture) : IClassFixture<TrainedFixture>
{
    private static readonly string[] Given = ["--latency", "5us", "--bandwidth", "10Gb", "--step-time", "25ms,20ms"];

    /// <summary>Given times and network: nothing is allocated, so tables of any size can be planned.</summary>
    /// <param name="preset">The shape.</param>
    /// <returns>The task.</returns>
    [Theory]
    [InlineData("kaggle")]
    [InlineData("terabyte")]
    public async Task Plan_ManyWorkers_PredictsEachPowerOfTwo(string preset)
    {
        using TemporaryFolder folder = new();
        string plot = folder["workers.svg"];

        JsonObject scaling = (await Cli.RunAsync(["plan", "--preset", preset, "--threads", "1", "--workers", "4096", .. Given, "--output", plot, "--json"])).Succeeded().Json["scaling"]!.AsObject();

        Assert.Equal(5e-6, (double)scaling["network"]!["latencySeconds"]!, 1e-12);
        Assert.Equal(1.25e9, (double)scaling["network"]!["bytesPerSecond"]!, 1);
        Assert.Equal(0, (int)scaling["measuredWorkers"]!);
        JsonObject[] designs = [.. scaling["designs"]!.AsArray().Select(design => design!.AsObject())];
        Assert.Equal([0.025, 0.02, 0.02], designs.Select(design => (double)design["stepSeconds"]!));
        foreach (JsonObject design in designs)
        {
            JsonObject[] points = [.. design["points"]!.AsArray().Select(point => point!.AsObject())];
            Assert.Equal(Enumerable.Range(0, 13).Select(power => 1 << power), points.Select(point => (int)point["workers"]!));
            Assert.Equal(1, (double)points[0]["efficiency"]!);
            Assert.Equal(0, (double)points[0]["bytesPerStep"]!);
            Assert.All(points.Skip(1), point => Assert.InRange((double)point["efficiency"]!, 0.001, 0.999));
        }

        // Compressed: the same on every worker but for its share of nothing; dense: the tables are shared out.
        long Memory(int design, int point) => (long)designs[design]["points"]![point]!["memory"]!["bytes"]!;
        Assert.True(Memory(0, 0) < Memory(1, 0) / 10);
        Assert.True(Memory(1, 12) < Memory(1, 0) / 100);
        Assert.Equal(0, (double)designs[0]["points"]![12]!["allToAllBytesPerStep"]!);
        Assert.True((double)designs[1]["points"]![12]!["allToAllBytesPerStep"]! > 0);
        Assert.Contains("samples/s of each worker", File.ReadAllText(plot), StringComparison.Ordinal);
    }

    /// <summary>People read a table for each design.</summary>
    /// <returns>The task.</returns>
    [Fact]
    public async Task Plan_ManyWorkers_PrintsDesignsAndAssumptions()
    {
        string output = (await Cli.RunAsync(["plan", "--cardinalities", "200000,3000", "--dense", "2", "--threads", "1", "--workers", "6", "--batch-size", "128", .. Given])).Succeeded().Output;

        Assert.Contains("each with 128 samples a step", output, StringComparison.Ordinal);
        Assert.Contains("5.0 µs a message, 1.25 GB/s, given", output, StringComparison.Ordinal);
        Assert.Contains("as given: 25.0 ms a step on one worker", output, StringComparison.Ordinal);
        Assert.Contains("dense, one exchange for all tables: 20.0 ms", output, StringComparison.Ordinal);
        Assert.Equal(3, output.Split('\n').Count(line => line.StartsWith("  6 ", StringComparison.Ordinal)));
    }

    /// <summary>Steps are taken when no time is given, on the dataset or on generated batches.</summary>
    /// <param name="hasData">Whether there is a dataset.</param>
    /// <returns>The task.</returns>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Plan_NoStepTime_MeasuresSteps(bool hasData)
    {
        string[] inputs = hasData ? ["--data", fixture.Data] : ["--cardinalities", "200000,3000", "--dense", "2"];

        JsonObject scaling = (await Cli.RunAsync(["plan", .. inputs, .. TrainedFixture.SmallModel, "--workers", "2", "--json"])).Succeeded().Json["scaling"]!.AsObject();

        Assert.Equal("measured on one worker", (string?)scaling["steps"]);
        Assert.Equal(hasData ? "the dataset's ids" : "Zipf ids", (string?)scaling["ids"]);
        Assert.All(scaling["designs"]!.AsArray(), design => Assert.InRange((double)design!["stepSeconds"]!, 1e-6, 10));
        Assert.InRange((double)scaling["distinctIds"]!, 2, 8 * 64);
    }

    /// <summary>Workers of a real launcher measure what lies between them, and their job sends the bytes that were predicted.</summary>
    /// <param name="launcher">The launcher.</param>
    /// <returns>The task.</returns>
    [SkippableTheory]
    [InlineData("mpiexec.mpich")]
    [InlineData("mpiexec.openmpi")]
    public async Task Plan_UnderALauncher_MeasuresTheNetworkAndPredictsTheBytesOfTraining(string launcher)
    {
        using TemporaryFolder folder = new();
        string[] model = ["--tables", "lowRank", "--set", "model.tables.compressAbove=1", "--set", "model.tables.startRank=3", "--set", "rankPrior.pruneEvery=0", "--threads", "1"];

        using MpiJob plan = MpiJob.Launch(launcher, 2, ["plan", "--data", fixture.Data, .. model, "--batch-size", "40", "--step-time", "10ms", "--json"]);
        Assert.True(await plan.EndAsync() == 0, plan.Output);
        using MpiJob train = MpiJob.Launch(launcher, 2, ["train", fixture.Data, "--output", folder["two"], .. model, "--batch-size", "80", "--json"]);
        Assert.True(await train.EndAsync() == 0, train.Output);

        JsonObject scaling = Json(plan)["scaling"]!.AsObject();
        Assert.Equal(2, (int)scaling["measuredWorkers"]!);
        Assert.InRange((double)scaling["network"]!["latencySeconds"]!, 1e-9, 1);
        Assert.InRange((double)scaling["network"]!["bytesPerSecond"]!, 1e5, 1e12);
        Assert.Equal(0, (double)scaling["overlap"]!);
        JsonNode two = scaling["designs"]![0]!["points"]!.AsArray()[^1]!;
        Assert.Equal(2, (int)two["workers"]!);
        Assert.Equal((double)Json(train)["exchangeBytesPerStep"]!, (double)two["bytesPerStep"]!);

        // Open MPI gives its workers a terminal, which .NET sets up before the line.
        static JsonObject Json(MpiJob job)
        {
            string line = Assert.Single(job.Output.Split('\n'), line => line.Contains("{\"", StringComparison.Ordinal));
            return JsonNode.Parse(line[line.IndexOf('{', StringComparison.Ordinal)..])!.AsObject();
        }
    }

    /// <summary>Values that make no sense are refused with the way out.</summary>
    /// <param name="option">The option.</param>
    /// <param name="value">Its value.</param>
    /// <param name="workers">Whether --workers is given.</param>
    /// <param name="message">A part of what is said.</param>
    /// <returns>The task.</returns>
    [Theory]
    [InlineData("--overlap", "2", true, "must be in [0, 1]")]
    [InlineData("--latency", "5", true, "with its unit")]
    [InlineData("--latency", "5us", false, "give --workers too")]
    [InlineData("--bandwidth", "10", true, "10Gb")]
    [InlineData("--bandwidth", "-1Gb", true, "above 0")]
    [InlineData("--step-time", "1ms,2ms,3ms", true, "has 3 times")]
    [InlineData("--workers", "0", false, "must be in [1,")]
    [InlineData("--output", "x.svg", false, "give --workers too")]
    public async Task Plan_WrongValue_SaysWhatItMustBe(string option, string value, bool workers, string message)
    {
        CommandLineResult result = await Cli.RunAsync(["plan", "--preset", "kaggle", option, value, .. workers ? ["--workers", "4"] : Array.Empty<string>()]);

        Assert.Equal(ExitCode.Usage, result.ExitCode);
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
    }

    /// <summary>Bits and bytes a second, and times.</summary>
    /// <param name="text">The text.</param>
    /// <param name="expected">Bytes a second, or seconds.</param>
    [Theory]
    [InlineData("10Gb", 1.25e9)]
    [InlineData("400Mb", 5e7)]
    [InlineData("12.5GB", 1.25e10)]
    [InlineData("1.6 Tb", 2e11)]
    [InlineData("5us", 5e-6)]
    [InlineData("800ns", 8e-7)]
    [InlineData("0.2ms", 2e-4)]
    [InlineData("1.5s", 1.5)]
    public void NetworkTexts_OfARateOrATime_AreReadInSecondsAndBytes(string text, double expected) =>
        Assert.Equal(expected, text.EndsWith('s') ? NetworkTexts.Seconds("x", text) : NetworkTexts.BytesPerSecond("x", text), 1e-9 * expected);
}
