using System.Text.Json.Nodes;

namespace Dlrm.Tools.Tests.Support;

/// <summary>What a command line came to.</summary>
/// <param name="ExitCode">The exit code.</param>
/// <param name="Output">Standard output.</param>
/// <param name="Error">Standard error.</param>
internal sealed record CommandLineResult(int ExitCode, string Output, string Error)
{
    /// <summary>Gets standard output as one JSON object.</summary>
    internal JsonObject Json => JsonNode.Parse(Output)!.AsObject();

    /// <summary>Fails unless the exit code is 0.</summary>
    /// <returns>This result.</returns>
    internal CommandLineResult Succeeded()
    {
        Assert.True(ExitCode == 0, $"Exit code {ExitCode}. Standard error:\n{Error}");
        return this;
    }
}
