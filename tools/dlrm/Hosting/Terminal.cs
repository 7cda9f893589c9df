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
    /// <returns>The terminal; live only when standard error is one and NO_COLOR and TERM=dumb are not set.</returns>
    internal static Terminal OfProcess(TextWriter output, TextWriter error)
    {
        bool isPlain = Environment.GetEnvironmentVariable("NO_COLOR") is { Length: > 0 } || Environment.GetEnvironmentVariable("TERM") is null or "dumb";
        return new Terminal(output, error, isInteractive: !System.Console.IsErrorRedirected && !isPlain, hasColor: !System.Console.IsOutputRedirected && !isPlain);
    }

    /// <summary>Writes one line to standard error.</summary>
    /// <param name="text">The line.</param>
    internal void Note(string text)
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
