using System.Diagnostics;
using Dlrm.CommandLine.Hosting;

namespace Dlrm.Tools.Tests.Support;

/// <summary>Runs the program, in this process or as a child.</summary>
internal static class Cli
{
    /// <summary>Gets the path of the program.</summary>
    internal static string Program { get; } = typeof(Application).Assembly.Location;

    /// <summary>Runs a command line in this process.</summary>
    /// <param name="args">The arguments.</param>
    /// <returns>What it came to.</returns>
    internal static async Task<CommandLineResult> RunAsync(params string[] args)
    {
        using StringWriter output = new();
        using StringWriter error = new();
        int code = await Application.RunAsync(args, output, error, handleSignals: false);
        return new CommandLineResult(code, output.ToString(), error.ToString());
    }

    /// <summary>Starts a command line as a child, with its output redirected.</summary>
    /// <param name="args">The arguments.</param>
    /// <returns>The child.</returns>
    internal static Process Start(params string[] args) => Process.Start(new ProcessStartInfo("dotnet", [Program, .. args])
    {
        RedirectStandardOutput = true,
        RedirectStandardError = true,
        WorkingDirectory = Path.GetTempPath(),
    })!;

    /// <summary>Sends a signal.</summary>
    /// <param name="child">To whom.</param>
    /// <param name="signal">"TERM", "INT".</param>
    internal static void Signal(Process child, string signal)
    {
        using Process kill = Process.Start("kill", ["-" + signal, child.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
        Assert.Equal(0, kill.ExitCode);
    }
}
