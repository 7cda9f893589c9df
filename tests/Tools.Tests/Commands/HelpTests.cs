using System.CommandLine;
using Dlrm.CommandLine.Commands;
using Dlrm.Tools.Tests.Support;

namespace Dlrm.Tools.Tests.Commands;

/// <summary>Help teaches, and what it teaches is right.</summary>
public sealed class HelpTests
{
    /// <summary>Gets every example of every command.</summary>
    public static TheoryData<string> Examples => [.. new CommandSet().Root.Subcommands.OfType<CliCommand>().SelectMany(command => command.Examples).Select(example => example.Line)];

    /// <summary>Every example parses.</summary>
    /// <param name="line">The example.</param>
    [Theory]
    [MemberData(nameof(Examples))]
    public void Example_OfTheHelp_Parses(string line)
    {
        string command = line[(line.IndexOf("./dlrm ", StringComparison.Ordinal) + "./dlrm ".Length)..].Split('>')[0].Replace("'", string.Empty, StringComparison.Ordinal).Replace("[\"user\",\"item\"]", "[]", StringComparison.Ordinal);

        Assert.Empty(new CommandSet().Root.Parse(command).Errors);
    }

    /// <summary>Every command has examples and says its options.</summary>
    /// <returns>The task.</returns>
    [Fact]
    public async Task Help_OfEveryCommand_HasExamples()
    {
        foreach (Command command in new CommandSet().Root.Subcommands)
        {
            CommandLineResult result = (await Cli.RunAsync(command.Name, "--help")).Succeeded();

            Assert.Contains("Examples:", result.Output, StringComparison.Ordinal);
            Assert.Contains($"./dlrm {command.Name}", result.Output, StringComparison.Ordinal);
        }
    }

    /// <summary>The first page lists every command.</summary>
    /// <returns>The task.</returns>
    [Fact]
    public async Task Help_OfTheProgram_ListsEveryCommand()
    {
        string output = (await Cli.RunAsync("--help")).Succeeded().Output;

        Assert.All(new CommandSet().Root.Subcommands, command => Assert.Contains($"  {command.Name} ", output, StringComparison.Ordinal));
    }
}
