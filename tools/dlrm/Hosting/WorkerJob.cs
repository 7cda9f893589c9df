using System.Diagnostics;
using Dlrm.Distributed;

namespace Dlrm.CommandLine.Hosting;

/// <summary>This process as one worker of the job that an MPI launcher started; alone without one.</summary>
/// <param name="launch">What the launcher's environment says; null without one.</param>
/// <param name="terminal">Where this worker writes.</param>
internal sealed class WorkerJob(MpiLaunch? launch, Terminal terminal)
{
    private MpiCommunicator? _mpi;

    /// <summary>Gets the number of workers that were started.</summary>
    internal int Workers => launch?.WorldSize ?? 1;

    /// <summary>Gets a value indicating whether a launcher started this process.</summary>
    internal bool IsLaunched => launch is not null;

    /// <summary>Gets a value indicating whether this worker is the one that writes files and results.</summary>
    internal bool IsFirst => Communicator.Rank == 0;

    /// <summary>Gets the workers of this machine, this one included.</summary>
    internal int LocalWorkers { get; private set; } = 1;

    /// <summary>Gets how the workers talk.</summary>
    internal ICommunicator Communicator { get; private set; } = new LocalCommunicator();

    /// <summary>Joins the job, when there are several workers; every worker does.</summary>
    /// <param name="stop">Ends the process while it waits for the others.</param>
    /// <exception cref="CommunicationException">The library is missing, or belongs to another launcher.</exception>
    internal void Start(CancellationToken stop)
    {
        if (Workers == 1 || _mpi is not null)
        {
            return;
        }

        // A worker that never came this far is waited for inside of the library for ever (seen with MPICH).
        using (Timer patience = new(_ => GiveUp(), null, JoinTimeout, Timeout.InfiniteTimeSpan))
        using (stop.Register(() => End(ExitCode.Interrupted)))
        {
            _mpi = MpiCommunicator.Start(launch!);
        }

        Communicator = _mpi;

        // The end of a process in which MPI runs waits for the others (seen with both families), also after an exception that nobody caught.
        AppDomain.CurrentDomain.UnhandledException += (_, failure) =>
        {
            terminal.Warn($"dlrm: {failure.ExceptionObject}");
            Abort(ExitCode.Failed);
        };
        string[] all = Communicator.AllGatherTexts($"{Environment.MachineName} {Environment.ProcessId}");
        string[] hosts = [.. all.Select(text => text[..text.LastIndexOf(' ')])];
        LocalWorkers = hosts.Count(host => host == hosts[Communicator.Rank]);

        // A launcher names a process that was killed by its number.
        terminal.Note($"{Workers} workers over {_mpi.Description}: {string.Join(", ", all.Select((text, rank) => $"{rank} is process {text[(text.LastIndexOf(' ') + 1)..]} on {hosts[rank]}"))}.");
    }

    /// <summary>Makes sums go by worker, for bits that do not depend on the library.</summary>
    internal void OrderSums()
    {
        if (_mpi is not null)
        {
            Communicator = new OrderedCommunicator(_mpi);
        }
    }

    /// <summary>Leaves the job in good order; every worker does.</summary>
    internal void Finish()
    {
        _mpi?.Dispose();
        _mpi = null;
    }

    /// <summary>Ends the whole job, when there is one: a worker that can't go on must not be waited for.</summary>
    /// <param name="code">The exit code.</param>
    internal void Abort(int code)
    {
        if (_mpi is null)
        {
            return;
        }

        // The launcher kills as soon as it is told; what was said must have reached it by then.
        Thread.Sleep(ForwardingTime);

        // The library may be busy in a collective on another thread: whatever it does, this process ends, and the launcher ends the others.
        WithinSeconds(() => _mpi.Abort(code));
    }

    private static TimeSpan ForwardingTime => TimeSpan.FromMilliseconds(200);

    private static TimeSpan JoinTimeout =>
        TimeSpan.FromSeconds(int.TryParse(Environment.GetEnvironmentVariable("DLRM_JOIN_TIMEOUT"), out int seconds) && seconds > 0 ? seconds : 120);

    private static void End(int code) => WithinSeconds(() => Environment.Exit(code));

    private static void WithinSeconds(Action end)
    {
        Thread thread = new(() => end()) { IsBackground = true };
        thread.Start();
        if (!thread.Join(TimeSpan.FromSeconds(2)))
        {
            Process.GetCurrentProcess().Kill();
        }
    }

    private void GiveUp()
    {
        terminal.Warn($"dlrm: the {Workers} workers have not all joined within {JoinTimeout.TotalSeconds:0} s (DLRM_JOIN_TIMEOUT): one could not start, or they can't reach one another.");
        End(ExitCode.Communication);
    }
}
