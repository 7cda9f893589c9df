using Microsoft.Extensions.Logging;

namespace Dlrm.CommandLine.Hosting;

/// <summary>Writes log lines to standard error; information as it is, the rest with its level in front.</summary>
/// <param name="terminal">Where they go.</param>
internal sealed class TerminalLogger(Terminal terminal) : ILogger
{
    /// <inheritdoc/>
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    /// <inheritdoc/>
    public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

    /// <inheritdoc/>
    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        string level = logLevel switch
        {
            LogLevel.Information => string.Empty,
            LogLevel.Warning => "warning: ",
            LogLevel.Error or LogLevel.Critical => "error: ",
            _ => "debug: ",
        };
        string text = level + formatter(state, exception) + (exception is null ? string.Empty : " " + exception.Message);
        if (logLevel >= LogLevel.Warning)
        {
            terminal.Warn(text);
        }
        else
        {
            terminal.Note(text);
        }
    }
}
