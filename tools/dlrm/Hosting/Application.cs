using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.RegularExpressions;
using Dlrm.CommandLine.Commands;
using Dlrm.Distributed;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Dlrm.CommandLine.Hosting;

/// <summary>The program: parses the command line, runs one command in a host, and turns exceptions into one sentence and an exit code.</summary>
internal static partial class Application
{
    /// <summary>Runs one command line.</summary>
    /// <param name="args">The arguments.</param>
    /// <param name="output">Standard output.</param>
    /// <param name="error">Standard error.</param>
    /// <param name="handleSignals">Whether Ctrl-C and SIGTERM are handled, and the terminal is that of this process.</param>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    internal static async Task<int> RunAsync(string[] args, TextWriter output, TextWriter error, bool handleSignals)
    {
        MpiLaunch? launch;
        try
        {
            launch = handleSignals ? MpiLaunch.Find(Environment.GetEnvironmentVariable) : null;
        }
        catch (CommunicationException exception)
        {
            await error.WriteLineAsync("dlrm: " + exception.Message).ConfigureAwait(false);
            return ExitCode.Communication;
        }

        Terminal terminal = handleSignals ? Terminal.OfProcess(output, error, launch) : new Terminal(output, error, isInteractive: false, hasColor: false);
        WorkerJob job = new(launch, terminal);
        CommandSet commands = new();
        ParseResult result = commands.Root.Parse(args);
        if (result.Errors.Count > 0)
        {
            foreach (ParseError problem in result.Errors)
            {
                terminal.Note("dlrm: " + Plain(problem.Message));
            }

            string name = result.CommandResult.Command == commands.Root ? string.Empty : result.CommandResult.Command.Name + " ";
            terminal.Note($"Try 'dlrm {name}--help'.");
            return ExitCode.Usage;
        }

        using IHost host = BuildHost(terminal, commands.Verbosity(result), handleSignals, job.IsLaunched);
        await host.StartAsync().ConfigureAwait(false);
        CancellationToken stop = host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        try
        {
            commands.Attach(new CommandContext(terminal, host.Services.GetRequiredService<ILoggerFactory>(), host.Services.GetRequiredService<TimeProvider>(), job));
            InvocationConfiguration configuration = new() { Output = output, Error = error, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
            return await result.InvokeAsync(configuration, stop).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            int code = Report(exception, terminal, commands.Verbosity(result));
            job.Abort(code);
            return code;
        }
        finally
        {
            await host.StopAsync(CancellationToken.None).ConfigureAwait(false);
        }
    }

    /// <summary>Says the parser's sentence about a value of the wrong type without names of types.</summary>
    private static string Plain(string message)
    {
        Match match = WrongType().Match(message);
        if (!match.Success)
        {
            return message;
        }

        string expected = match.Groups[3].Value switch
        {
            string type when type.Contains("Int", StringComparison.Ordinal) => "a whole number",
            string type when type.Contains("Double", StringComparison.Ordinal) => "a number",
            string type when type.Contains("DatasetSplit", StringComparison.Ordinal) => "train, valid or test",
            _ => "something else",
        };
        return $"{match.Groups[2].Value} is '{match.Groups[1].Value}'; it must be {expected}.";
    }

    [GeneratedRegex("^Cannot parse argument '(.*)' for option '(.*)' as expected type '(.*)'")]
    private static partial Regex WrongType();

    private static IHost BuildHost(Terminal terminal, LogLevel level, bool handleSignals, bool isLaunched)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { ApplicationName = "dlrm" });
        builder.Services.AddSingleton(terminal);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<IHostLifetime>(services =>
            new InterruptLifetime(services.GetRequiredService<IHostApplicationLifetime>(), terminal, handleSignals, isLaunched));
        builder.Services.AddSingleton<ILoggerProvider>(new TerminalLoggerProvider(terminal));
        builder.Logging.SetMinimumLevel(level);
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
        return builder.Build();
    }

    private static int Report(Exception exception, Terminal terminal, LogLevel level)
    {
        Exception cause = exception is AggregateException { InnerExceptions.Count: 1 } aggregate ? aggregate.InnerExceptions[0] : exception;
        bool isStorage = IsStorage(cause);
        terminal.Warn("dlrm: " + cause.Message + (isStorage ? ": make room, mend the rights, or choose another folder, and start again." : string.Empty));
        int code = ExitCodeOf(cause);
        if (level <= LogLevel.Debug)
        {
            terminal.Warn(cause.ToString());
        }
        else if (code == ExitCode.Failed && !isStorage)
        {
            terminal.Warn($"({cause.GetType().Name}; --verbose shows where it happened.)");
        }

        return code;
    }

    /// <summary>Tells whether the disk is full, read-only or not ours.</summary>
    private static bool IsStorage(Exception exception) =>
        exception is UnauthorizedAccessException
        || (exception is IOException && ((string[])["No space left", "Read-only file system", "Permission denied"]).Any(text => exception.Message.Contains(text, StringComparison.Ordinal)));

    private static int ExitCodeOf(Exception exception) => exception switch
    {
        UsageException or Numerics.OptionsException => ExitCode.Usage,
        Data.DataFormatException or Weights.WeightFormatException or FileNotFoundException or DirectoryNotFoundException => ExitCode.BadData,
        OperationCanceledException => ExitCode.Interrupted,
        Checkpoints.CheckpointException => ExitCode.BadCheckpoint,
        CommunicationException => ExitCode.Communication,
        _ => ExitCode.Failed,
    };
}
