using System.Diagnostics;
using System.Text.RegularExpressions;
using Dlrm.TestSupport;
using Dlrm.Tools.Tests.Support;

namespace Dlrm.Tools.Tests.Documents;

/// <summary>The command lines in the documents work: blocks after <c>&lt;!-- runnable --&gt;</c> are run as they stand, in an empty folder.</summary>
[Trait("Speed", "Slow")]
public sealed partial class SnippetTests
{
    /// <summary>Gets the documents.</summary>
    public static TheoryData<string> Documents =>
        [.. Directory.GetFiles(SharedData.RepositoryRoot, "README.md").Concat(Directory.GetFiles(Path.Combine(SharedData.RepositoryRoot, "docs"), "*.md"))
            .Where(path => Runnable().IsMatch(File.ReadAllText(path)))
            .Select(path => Path.GetRelativePath(SharedData.RepositoryRoot, path))];

    /// <summary>Runs the blocks of one document, one after another.</summary>
    /// <param name="document">Below the repository root.</param>
    /// <returns>The task.</returns>
    [Theory]
    [MemberData(nameof(Documents))]
    public async Task Snippets_OfADocument_Run(string document)
    {
        using TemporaryFolder folder = new();
        string wrapper = folder["dlrm"];
        File.WriteAllText(wrapper, $"#!/bin/sh\nexec dotnet '{Cli.Program}' \"$@\"\n");
        string script = "chmod +x dlrm\n" + string.Join("\n", Runnable().Matches(File.ReadAllText(Path.Combine(SharedData.RepositoryRoot, document))).Select(match => match.Groups[1].Value));

        using Process shell = Process.Start(new ProcessStartInfo("bash", ["-e", "-c", script]) { WorkingDirectory = folder.Path, RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> output = shell.StandardOutput.ReadToEndAsync();
        string error = await shell.StandardError.ReadToEndAsync();
        await shell.WaitForExitAsync();

        Assert.True(shell.ExitCode == 0, $"{document}: exit code {shell.ExitCode}.\n{error}\n{await output}");
    }

    /// <summary>The README has blocks to run.</summary>
    [Fact]
    public void Readme_OfTheRepository_HasRunnableSnippets() =>
        Assert.Matches(Runnable(), File.ReadAllText(Path.Combine(SharedData.RepositoryRoot, "README.md")));

    [GeneratedRegex("<!-- runnable -->\\s*```bash\\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Runnable();
}
