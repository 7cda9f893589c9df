using System.Diagnostics;
using System.Globalization;
using Dlrm.CommandLine.Hosting;

namespace Dlrm.CommandLine.Runs;

/// <summary>Starts a training job as a process of its own, alone or under an MPI launcher, and again from its newest checkpoint when it fails.</summary>
/// <remarks>
/// <code>
/// dlrm train DATA --output RUN --workers W --restarts N     this process
///   mpiexec -n W dlrm train DATA --output RUN               its child; after a failure: mpiexec -n W dlrm train --resume RUN
/// </code>
/// <para>A worker that fails takes its whole job along, so nobody inside could start it again.</para>
/// </remarks>
/// <param name="terminal">Where it tells what happens.</param>
/// <param name="launcher">The MPI launcher; used with more than one worker.</param>
/// <param name="workers">The number of workers.</param>
/// <param name="restarts">How often the job is started again at most.</param>
internal sealed class JobSupervisor(Terminal terminal, string launcher, int workers, int restarts)
{
    /// <summary>Failures that the same command line would meet again.</summary>
    private static readonly int[] Final = [ExitCode.Usage, ExitCode.BadData, ExitCode.BadCheckpoint, ExitCode.Interrupted];

    /// <summary>Runs the job to its end.</summary>
    /// <param name="first">The arguments of the first start.</param>
    /// <param name="again">The arguments of each further start.</param>
    /// <param name="canGoOn">Says whether there is something to go on with; else it starts over with the first arguments.</param>
    /// <param name="stop">Asks the job to stop; it saves a checkpoint.</param>
    /// <returns>The exit code of the last start.</returns>
    internal int Run(IReadOnlyList<string> first, IReadOnlyList<string> again, Func<bool> canGoOn, CancellationToken stop)
    {
        string signal = workers > 1 && IsOpenMpi() ? "USR1" : "TERM";
        for (int start = 0; ; start++)
        {
            int code = RunOnce(start > 0 && canGoOn() ? again : first, signal, stop);
            if (code == ExitCode.Done || stop.IsCancellationRequested || Final.Contains(code))
            {
                return code;
            }

            if (start == restarts)
            {
                terminal.Note(restarts == 0 ? $"dlrm: the job ended with code {code}." : $"dlrm: the job ended with code {code} and was started again {restarts} times; that is all that --restarts allows.");
                return code;
            }

            terminal.Note($"dlrm: the job ended with code {code}; starting it again from its newest checkpoint ({start + 1} of {restarts}).");
        }
    }

    private int RunOnce(IReadOnlyList<string> arguments, string signal, CancellationToken stop)
    {
        using Process child = Start([.. Launch(), .. Self(), .. arguments]);
        void KillAll(object? sender, EventArgs e) => Kill(child);
        AppDomain.CurrentDomain.ProcessExit += KillAll;
        try
        {
            using CancellationTokenRegistration registration = stop.Register(() => Signal(child, signal));
            child.WaitForExit();
            return child.ExitCode;
        }
        finally
        {
            AppDomain.CurrentDomain.ProcessExit -= KillAll;
            Kill(child);
        }
    }

    private IEnumerable<string> Launch() => workers > 1 ? [launcher, "-n", workers.ToString(CultureInfo.InvariantCulture)] : [];

    /// <summary>Gets what starts this program.</summary>
    private static IEnumerable<string> Self()
    {
        string host = Environment.ProcessPath ?? "dotnet";
        return Path.GetFileNameWithoutExtension(host) == "dotnet" ? [host, typeof(JobSupervisor).Assembly.Location] : [host];
    }

    private Process Start(string[] line)
    {
        // In a session of its own the job gets Ctrl-C from here only, not from the terminal as well.
        string[] whole = File.Exists("/usr/bin/setsid") ? ["/usr/bin/setsid", "--wait", .. line] : line;
        try
        {
            return Process.Start(new ProcessStartInfo(whole[0], whole[1..]))!;
        }
        catch (System.ComponentModel.Win32Exception exception)
        {
            throw Missing(exception.Message);
        }
    }

    private bool IsOpenMpi()
    {
        try
        {
            using Process version = Process.Start(new ProcessStartInfo(launcher, ["--version"]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            string text = version.StandardOutput.ReadToEnd();
            version.WaitForExit();
            return text.Contains("Open MPI", StringComparison.Ordinal) || text.Contains("OpenRTE", StringComparison.Ordinal);
        }
        catch (System.ComponentModel.Win32Exception exception)
        {
            throw Missing(exception.Message);
        }
    }

    private UsageException Missing(string reason) =>
        new($"'{launcher}' can't be started ({reason}): install an MPI, 'mpich' or 'openmpi-bin' on Debian, or name its launcher with --launcher.");

    private static void Signal(Process child, string signal)
    {
        using Process kill = Process.Start("/bin/sh", ["-c", $"kill -{signal} {child.Id.ToString(CultureInfo.InvariantCulture)}"]);
        kill.WaitForExit();
    }

    private static void Kill(Process child)
    {
        try
        {
            child.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // It has ended.
        }
    }
}
