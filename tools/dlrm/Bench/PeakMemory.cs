using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Dlrm.CommandLine.Bench;

/// <summary>Measures the most memory that a whole training process holds: a child that does nothing else.</summary>
internal static class PeakMemory
{
    /// <summary>The row's name for <c>--works</c>.</summary>
    internal const string Key = "memory";

    /// <summary>What must hold.</summary>
    internal const long AtMost = 600_000_000;

    // Gauge moves and pruning included: they come so often here that the short run has some.
    private static readonly string[] Arguments =
        ["bench", "--preset", "kaggle-five", "--steps", "60", "--json", "--set", "rankPrior.gaugeEvery=15", "--set", "rankPrior.pruneEvery=15"];

    /// <summary>Trains the Kaggle configuration in a child.</summary>
    /// <returns>The bytes.</returns>
    /// <exception cref="InvalidOperationException">The child failed; the message has what it said.</exception>
    internal static long Measure()
    {
        using Process child = Process.Start(new ProcessStartInfo(Environment.ProcessPath is string path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet", [typeof(PeakMemory).Assembly.Location, .. Arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        Task<string> error = child.StandardError.ReadToEndAsync();
        string output = child.StandardOutput.ReadToEnd();
        child.WaitForExit();
        return child.ExitCode == 0 ? (long)JsonNode.Parse(output)!["step"]!["peakBytes"]!
            : throw new InvalidOperationException($"'dlrm {string.Join(' ', Arguments)}' ended with code {child.ExitCode}: {error.Result.Trim()}");
    }
}
