using System.Diagnostics;

namespace Dlrm.Distributed.Tests;

/// <summary>Jobs under real launchers, one process a worker; skipped where a launcher is not installed.</summary>
public sealed class MpiCommunicatorTests
{
    /// <summary>Every operation gives every worker the right result, under both families of MPI.</summary>
    /// <param name="launcher">The launcher.</param>
    /// <param name="workers">The number of workers.</param>
    /// <param name="family">What the library must say of itself.</param>
    [SkippableTheory]
    [InlineData("mpiexec.mpich", 1, "MPICH family")]
    [InlineData("mpiexec.mpich", 2, "MPICH family")]
    [InlineData("mpiexec.mpich", 3, "MPICH family")]
    [InlineData("mpiexec.openmpi", 1, "Open MPI family")]
    [InlineData("mpiexec.openmpi", 2, "Open MPI family")]
    [InlineData("mpiexec.openmpi", 3, "Open MPI family")]
    public void Operations_UnderALauncher_AreRightOnEveryWorker(string launcher, int workers, string family)
    {
        (int code, string output) = Launch(launcher, workers, []);

        Assert.True(code == 0, output);
        for (int rank = 0; rank < workers; rank++)
        {
            Assert.Contains($"rank {rank} of {workers}: right, {family}", output, StringComparison.Ordinal);
        }
    }

    /// <summary>A dense table spread over processes trains as a whole one does, and none of them ever has the memory of a whole one: not to make it, not to train it, not to write it.</summary>
    /// <param name="launcher">The launcher.</param>
    [SkippableTheory]
    [InlineData("mpiexec.mpich")]
    [InlineData("mpiexec.openmpi")]
    public void ShardedTable_TwoProcesses_AgreesWithAWholeOneInHalfItsMemory(string launcher)
    {
        (int code, string output) = Launch(launcher, 2, ["shard"]);

        Assert.True(code == 0, output);
        Assert.Contains("rank 0 of 2: right", output, StringComparison.Ordinal);
        Assert.Contains("rank 1 of 2: right", output, StringComparison.Ordinal);
    }

    /// <summary>One launcher's processes with the other's library would be so many jobs of one worker: that is an error, not three models.</summary>
    /// <param name="launcher">The launcher.</param>
    /// <param name="library">The library of the other family.</param>
    [SkippableTheory]
    [InlineData("mpiexec.mpich", "libmpi.so.40")]
    [InlineData("mpiexec.openmpi", "libmpich.so.12")]
    public void Start_LibraryOfAnotherFamily_IsAnError(string launcher, string library)
    {
        (int code, string output) = Launch(launcher, 2, [], ("DLRM_MPI", library));

        Assert.NotEqual(0, code);
        Assert.Contains("launcher and library belong to different MPIs", output, StringComparison.Ordinal);
    }

    /// <summary>A library that is not there is named, with the way out.</summary>
    [SkippableFact]
    public void Start_NoLibrary_IsAnErrorWithTheWayOut()
    {
        (int code, string output) = Launch("mpiexec.mpich", 2, [], ("DLRM_MPI", "libnothing.so"));

        Assert.NotEqual(0, code);
        Assert.Contains("none of libnothing.so can be loaded: install the launcher's library, or name it in DLRM_MPI", output, StringComparison.Ordinal);
    }

    /// <summary>A worker that gives up takes the others along: nobody waits for it.</summary>
    /// <param name="launcher">The launcher.</param>
    [SkippableTheory]
    [InlineData("mpiexec.mpich")]
    [InlineData("mpiexec.openmpi")]
    public void Abort_OneWorker_EndsTheJob(string launcher)
    {
        (int code, string output) = Launch(launcher, 2, ["die"]);

        Assert.True(code == 7, $"{code}: {output}");
    }

    /// <summary>A worker that ends without a word does not leave the others waiting.</summary>
    /// <param name="launcher">The launcher.</param>
    /// <param name="exitCode">Its exit code; at 0 MPICH's launcher ends the job with 0 as well.</param>
    [SkippableTheory]
    [InlineData("mpiexec.mpich", "3")]
    [InlineData("mpiexec.openmpi", "3")]
    [InlineData("mpiexec.mpich", "0")]
    [InlineData("mpiexec.openmpi", "0")]
    public void Process_EndsWithoutLeaving_EndsTheJob(string launcher, string exitCode)
    {
        long start = Stopwatch.GetTimestamp();
        (int code, string output) = Launch(launcher, 2, ["exit", exitCode]);

        Assert.True(code != 0 || exitCode == "0", output);
        Assert.DoesNotContain("right", output, StringComparison.Ordinal);
        Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(10), $"The others went on for {Stopwatch.GetElapsedTime(start).TotalSeconds:0} s:\n{output}");
    }

    private static (int Code, string Output) Launch(string launcher, int workers, string[] arguments, params (string Name, string Value)[] variables)
    {
        string path = Path.Combine("/usr/bin", launcher);
        Skip.IfNot(File.Exists(path), $"{launcher} is not installed.");
        ProcessStartInfo start = new(path) { RedirectStandardOutput = true, RedirectStandardError = true };
        string worker = Path.Combine(AppContext.BaseDirectory, "..", "..", "MpiWorker", Path.GetFileName(AppContext.BaseDirectory.TrimEnd('/')), "Dlrm.MpiWorker.dll");
        foreach (string argument in (string[])["-n", $"{workers}", "dotnet", Path.GetFullPath(worker), .. arguments])
        {
            start.ArgumentList.Add(argument);
        }

        // Open MPI runs as root, and more processes than processors, only when told to.
        start.Environment["OMPI_ALLOW_RUN_AS_ROOT"] = "1";
        start.Environment["OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"] = "1";
        start.Environment["OMPI_MCA_rmaps_base_oversubscribe"] = "1";
        foreach ((string name, string value) in variables)
        {
            start.Environment[name] = value;
        }

        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(TimeSpan.FromSeconds(60)))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"{launcher} hung for a minute.");
        }

        return (process.ExitCode, output.Result + errors.Result);
    }
}
