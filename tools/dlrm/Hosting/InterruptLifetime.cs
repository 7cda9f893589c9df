using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Hosting;

namespace Dlrm.CommandLine.Hosting;

/// <summary>Turns the first Ctrl-C or SIGTERM into a request to stop, and the second into the end of the process.</summary>
/// <param name="application">Told of the first.</param>
/// <param name="terminal">Where the person is told what happens.</param>
/// <param name="handleSignals">Whether signals are listened to at all (not in tests inside one process).</param>
/// <param name="isLaunched">Whether an MPI launcher started this process: it passes signals on, maybe beside the terminal that sent them too.</param>
internal sealed class InterruptLifetime(IHostApplicationLifetime application, Terminal terminal, bool handleSignals, bool isLaunched) : IHostLifetime, IDisposable
{
    /// <summary>SIGUSR1 of Linux: what a launcher passes on that ends its job at SIGTERM (Open MPI).</summary>
    private const PosixSignal User1 = (PosixSignal)10;

    private static readonly TimeSpan SameRequest = TimeSpan.FromSeconds(1);
    private readonly List<PosixSignalRegistration> _registrations = [];
    private readonly Lock _lock = new();
    private int _signals;
    private long _first;

    /// <inheritdoc/>
    public Task WaitForStartAsync(CancellationToken cancellationToken)
    {
        if (handleSignals)
        {
            _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal));
            _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal));
            if (isLaunched && OperatingSystem.IsLinux())
            {
                _registrations.Add(PosixSignalRegistration.Create(User1, OnSignal));
            }
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations)
        {
            registration.Dispose();
        }
    }

    private void OnSignal(PosixSignalContext context)
    {
        context.Cancel = true;
        lock (_lock)
        {
            if (isLaunched && _signals > 0 && Stopwatch.GetElapsedTime(_first) < SameRequest)
            {
                return;
            }

            _first = Stopwatch.GetTimestamp();
            if (++_signals > 1)
            {
                Environment.Exit(ExitCode.Interrupted);
            }
        }

        terminal.Note("Stopping at the next step; once more stops at once.");
        application.StopApplication();
    }
}
