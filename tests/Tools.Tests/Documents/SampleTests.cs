using System.Diagnostics;
using System.Globalization;
using Dlrm.Tools.Tests.Support;

namespace Dlrm.Tools.Tests.Documents;

/// <summary>The programs of samples/ run as a user would run them.</summary>
/// <param name="fixture">A trained model.</param>
public sealed class SampleTests(TrainedFixture fixture) : IClassFixture<TrainedFixture>
{
    /// <summary>PredictAndCompress loads a model, predicts, and keeps a table as a TT-matrix.</summary>
    /// <returns>The task.</returns>
    [Fact]
    public async Task PredictAndCompress_OfATrainedModel_PrintsWhatTheCommandsPredict()
    {
        (int code, string output, string error) = await RunAsync("PredictAndCompress", fixture.Run);

        Assert.True(code == 0, error);
        string[] lines = output.TrimEnd().Split('\n');
        Assert.Equal(4, lines.Length);
        float[] raw = Numbers(lines[0], "raw rows: ");
        float[] ids = Numbers(lines[1], "ids: ");
        Assert.Equal((2, 3), (raw.Length, ids.Length));
        Assert.All(raw.Concat(ids), probability => Assert.InRange(probability, 1e-6f, 1 - 1e-6f));
        using DlrmModel model = DlrmModel.Load(fixture.Run);
        Assert.Equal(model.Predict(new float[3 * model.Inputs.DenseFeatures], new long[3 * model.Inputs.Names.Count]), ids);
        Assert.Matches(@"^table: 640000 -> \d{4,5} bytes, row 1234 off by 0\.0\d+ at most$", lines[2]);
        Assert.Matches(@"^loaded: 2 bags, \d{4,5} bytes in the file$", lines[3]);
    }

    /// <summary>Without a model it says how it is called.</summary>
    /// <returns>The task.</returns>
    [Fact]
    public async Task PredictAndCompress_NoArguments_SaysHowItIsCalled()
    {
        (int code, _, string error) = await RunAsync("PredictAndCompress");

        Assert.Equal(2, code);
        Assert.StartsWith("usage:", error, StringComparison.Ordinal);
    }

    private static float[] Numbers(string line, string start)
    {
        Assert.StartsWith(start, line, StringComparison.Ordinal);
        return [.. line[start.Length..].Split(' ').Select(text => float.Parse(text, CultureInfo.InvariantCulture))];
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(string sample, params string[] args)
    {
        // artifacts/bin/PROJECT/CONFIGURATION/: the sample is beside this test.
        string configuration = Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
        string program = Path.Combine(AppContext.BaseDirectory, "..", "..", sample, configuration, $"Dlrm.{sample}.dll");
        using Process process = Process.Start(new ProcessStartInfo("dotnet", [program, .. args]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        string error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output, error);
    }
}
