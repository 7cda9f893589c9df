using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Dlrm.Tools.Tests.Support;

/// <summary>The program as several workers, started by an MPI launcher or by itself; skips the test where the launcher is not installed.</summary>
internal sealed partial class MpiJob : IDisposable
{
    private readonly StringBuilder _output = new();

    private MpiJob(Process process)
    {
        Process = process;
        process.OutputDataReceived += (_, line) => Add(line.Data);
        process.ErrorDataReceived += (_, line) => Add(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>Gets the launcher's process, or the supervisor's.</summary>
    internal Process Process { get; }

    /// <summary>Gets everything that was written so far.</summary>
    internal string Output
    {
        get
        {
            lock (_output)
            {
                return _output.ToString();
            }
        }
    }

    /// <summary>Gets the process ids of the workers of the newest start, as the job tells them.</summary>
    internal int[] Workers => [.. (StartLine().Matches(Output).LastOrDefault()?.Groups[1].Captures ?? Enumerable.Empty<Capture>()).Select(id => int.Parse(id.Value, CultureInfo.InvariantCulture))];

    /// <summary>Starts workers under a launcher.</summary>
    /// <param name="launcher">"mpiexec.mpich" or "mpiexec.openmpi".</param>
    /// <param name="workers">The number of workers.</param>
    /// <param name="args">The command line of each.</param>
    /// <returns>The job.</returns>
    internal static MpiJob Launch(string launcher, int workers, params string[] args) =>
        Start(Require(launcher), ["-n", workers.ToString(CultureInfo.InvariantCulture), "dotnet", Cli.Program, .. args]);

    /// <summary>Starts the program, which starts the launcher.</summary>
    /// <param name="launcher">The launcher.</param>
    /// <param name="args">The command line.</param>
    /// <returns>The job.</returns>
    internal static MpiJob Supervise(string launcher, params string[] args) => Start("dotnet", [Cli.Program, .. args, "--launcher", Require(launcher)]);

    /// <summary>Starts a launcher with a line of its own.</summary>
    /// <param name="launcher">The launcher.</param>
    /// <param name="args">Its arguments.</param>
    /// <returns>The job.</returns>
    internal static MpiJob LaunchLine(string launcher, params string[] args) => Start(Require(launcher), args);

    /// <summary>Waits for the end.</summary>
    /// <param name="seconds">At most so long.</param>
    /// <returns>The exit code.</returns>
    internal async Task<int> EndAsync(int seconds = 60)
    {
        using CancellationTokenSource patience = new(TimeSpan.FromSeconds(seconds));
        try
        {
            await Process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"The job did not end within {seconds} s:\n{Output}");
        }

        return Process.ExitCode;
    }

    /// <summary>Waits for something while the job runs.</summary>
    /// <param name="condition">What.</param>
    /// <returns>The task.</returns>
    internal async Task UntilAsync(Func<bool> condition)
    {
        long start = Stopwatch.GetTimestamp();
        while (!condition())
        {
            Assert.False(Process.HasExited, $"The job ended:\n{Output}");
            Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(60), $"The job did not get that far:\n{Output}");
            await Task.Delay(20);
        }
    }

    /// <summary>Sends a signal.</summary>
    /// <param name="process">To whom.</param>
    /// <param name="signal">"TERM", "STOP".</param>
    internal static void Signal(int process, string signal)
    {
        using Process kill = Process.Start("kill", ["-" + signal, process.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
        Assert.Equal(0, kill.ExitCode);
    }

    /// <summary>Fails when a worker is still there a second after the job's end.</summary>
    /// <returns>The task.</returns>
    internal async Task AssertNoneLeftAsync()
    {
        Assert.NotEmpty(Workers);
        for (int i = 0; i < 20 && Workers.Any(IsThere); i++)
        {
            await Task.Delay(50);
        }

        Assert.DoesNotContain(Workers, IsThere);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!Process.HasExited)
        {
            Process.Kill(entireProcessTree: true);
        }

        foreach (int worker in Workers.Where(IsThere))
        {
            Signal(worker, "KILL");
        }

        Process.Dispose();
    }

    private static bool IsThere(int process)
    {
        // A process that has ended but was not waited for yet is gone for us.
        string status = $"/proc/{process}/stat";
        try
        {
            return File.Exists(status) && File.ReadAllText(status).Split(") ")[^1][0] is not ('Z' or 'X');
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static string Require(string launcher)
    {
        string path = Path.Combine("/usr/bin", launcher);
        Skip.IfNot(File.Exists(path), $"{launcher} is not installed.");
        return path;
    }

    private static MpiJob Start(string program, string[] args)
    {
        ProcessStartInfo start = new(program, args) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Path.GetTempPath() };

        // Open MPI runs as root, and more processes than processors, only when told to.
        start.Environment["OMPI_ALLOW_RUN_AS_ROOT"] = "1";
        start.Environment["OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"] = "1";
        start.Environment["OMPI_MCA_rmaps_base_oversubscribe"] = "1";
        return new MpiJob(System.Diagnostics.Process.Start(start)!);
    }

    private void Add(string? line)
    {
        lock (_output)
        {
            _output.AppendLine(line);
        }
    }

    [GeneratedRegex(@"workers over .*?: (?:\d+ is process (\d+) on \S+(?:, |\.))+")]
    private static partial Regex StartLine();
}
