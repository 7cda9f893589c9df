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
    /// <exception cref="CommunicationException">The library is missing, or belongs to another launcher.</exception>
    internal void Start()
    {
        if (Workers == 1 || _mpi is not null)
        {
            return;
        }

        _mpi = MpiCommunicator.Start(launch!);
        Communicator = _mpi;
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

        // The library may be busy in a collective on another thread: whatever it does, this process ends, and the launcher ends the others.
        Thread abort = new(() => _mpi.Abort(code)) { IsBackground = true };
        abort.Start();
        if (!abort.Join(TimeSpan.FromSeconds(2)))
        {
            Process.GetCurrentProcess().Kill();
        }
    }
}
