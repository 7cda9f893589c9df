using Microsoft.Extensions.Logging;

namespace Dlrm.CommandLine.Hosting;

/// <summary>Writes log lines to standard error: "warn: message".</summary>
/// <param name="terminal">Where they go.</param>
internal sealed class TerminalLoggerProvider(Terminal terminal) : ILoggerProvider
{
    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => new TerminalLogger(terminal);

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
