using System.Runtime.InteropServices;
using Microsoft.Extensions.Hosting;

namespace Dlrm.CommandLine.Hosting;

/// <summary>Turns the first Ctrl-C or SIGTERM into a request to stop, and the second into the end of the process.</summary>
/// <param name="application">Told of the first.</param>
/// <param name="terminal">Where the person is told what happens.</param>
/// <param name="handleSignals">Whether signals are listened to at all (not in tests inside one process).</param>
internal sealed class InterruptLifetime(IHostApplicationLifetime application, Terminal terminal, bool handleSignals) : IHostLifetime, IDisposable
{
    private readonly List<PosixSignalRegistration> _registrations = [];
    private int _signals;

    /// <inheritdoc/>
    public Task WaitForStartAsync(CancellationToken cancellationToken)
    {
        if (handleSignals)
        {
            _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal));
            _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal));
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
        if (Interlocked.Increment(ref _signals) > 1)
        {
            Environment.Exit(ExitCode.Interrupted);
        }

        terminal.Note("Stopping at the next step; once more stops at once.");
        application.StopApplication();
    }
}
