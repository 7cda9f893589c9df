using Dlrm.Distributed;
using Spectre.Console;

namespace Dlrm.CommandLine.Hosting;

/// <summary>Where commands write: results to standard output; progress, notes and logs to standard error.</summary>
internal sealed class Terminal
{
    private readonly Lock _errorLock = new();

    /// <summary>Initializes a new instance of the <see cref="Terminal"/> class.</summary>
    /// <param name="output">Standard output, or what stands for it.</param>
    /// <param name="error">Standard error, or what stands for it.</param>
    /// <param name="isInteractive">Whether standard error is a terminal that a live display can redraw.</param>
    /// <param name="hasColor">Whether results may be coloured.</param>
    internal Terminal(TextWriter output, TextWriter error, bool isInteractive, bool hasColor)
    {
        Output = output;
        Error = error;
        IsInteractive = isInteractive;
        Results = Console(output, hasColor, isInteractive: false);
        Progress = Console(error, isInteractive, isInteractive);
    }

    /// <summary>Gets the number of this worker; 0 alone.</summary>
    internal int Worker { get; private init; }

    /// <summary>Gets a value indicating whether several workers write to it.</summary>
    internal bool IsShared { get; private init; }

    /// <summary>Gets standard output, for lines that programs read.</summary>
    internal TextWriter Output { get; }

    /// <summary>Gets standard error.</summary>
    internal TextWriter Error { get; }

    /// <summary>Gets a value indicating whether a live display can be redrawn.</summary>
    internal bool IsInteractive { get; }

    /// <summary>Gets the console of results.</summary>
    internal IAnsiConsole Results { get; }

    /// <summary>Gets the console of progress.</summary>
    internal IAnsiConsole Progress { get; }

    /// <summary>Makes the terminal of this process.</summary>
    /// <param name="output">Standard output.</param>
    /// <param name="error">Standard error.</param>
    /// <param name="launch">What the MPI launcher that started this process says, or null.</param>
    /// <returns>The terminal; live only when standard error is one and NO_COLOR and TERM=dumb are not set.</returns>
    internal static Terminal OfProcess(TextWriter output, TextWriter error, MpiLaunch? launch)
    {
        if (launch is { WorldSize: > 1 })
        {
            return new Terminal(launch.Rank == 0 ? output : TextWriter.Null, error, isInteractive: false, hasColor: false) { Worker = launch.Rank, IsShared = true };
        }

        bool isPlain = Environment.GetEnvironmentVariable("NO_COLOR") is { Length: > 0 } || Environment.GetEnvironmentVariable("TERM") is null or "dumb";
        return new Terminal(output, error, isInteractive: !System.Console.IsErrorRedirected && !isPlain, hasColor: !System.Console.IsOutputRedirected && !isPlain);
    }

    /// <summary>Writes one line to standard error; of several workers only the first does.</summary>
    /// <param name="text">The line.</param>
    internal void Note(string text)
    {
        if (Worker == 0)
        {
            Write(text);
        }
    }

    /// <summary>Writes a warning or an error to standard error; of several workers with its number.</summary>
    /// <param name="text">The line.</param>
    internal void Warn(string text) => Write(IsShared ? $"worker {Worker}: {text}" : text);

    private void Write(string text)
    {
        lock (_errorLock)
        {
            Error.WriteLine(text);
            Error.Flush();
        }
    }

    private static IAnsiConsole Console(TextWriter writer, bool hasColor, bool isInteractive)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = hasColor ? AnsiSupport.Yes : AnsiSupport.No,
            ColorSystem = hasColor ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
            Interactive = isInteractive ? InteractionSupport.Yes : InteractionSupport.No,
        });
        if (!hasColor)
        {
            // Without a terminal there is no width to wrap at: a row of a table stays one line.
            console.Profile.Width = 200;
        }

        return console;
    }
}
