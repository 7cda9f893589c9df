using System.Diagnostics;
using Dlrm.CommandLine.Hosting;
using Dlrm.Tools.Tests.Support;

namespace Dlrm.Tools.Tests.Commands;

/// <summary>Real workers under real launchers: what they train, and what happens when they are stopped, killed, hung and starved.</summary>
/// <param name="fixture">Data.</param>
[Trait("Speed", "Slow")]
public sealed class DistributedTests(TrainedFixture fixture) : IClassFixture<TrainedFixture>, IDisposable
{
    private const string Mpich = "mpiexec.mpich";
    private const string OpenMpi = "mpiexec.openmpi";
    private readonly TemporaryFolder _folder = new();

    /// <summary>A run of 50 steps of plain gradient descent, whose results do not depend on the number of workers beyond rounding.</summary>
    private string[] Line =>
    [
        "train", fixture.Data, .. Small, "--set", "training.epochs=2", "--set", "training.drawsPerStep=2", "--set", "training.mlpOptimizer={\"kind\":\"sgd\",\"learningRate\":0.1}",
        "--set", "training.tableOptimizer={\"kind\":\"sgd\",\"learningRate\":0.1}", "--set", "training.factorOptimizer={\"kind\":\"sgd\",\"learningRate\":0.1}", "--set", "rankPrior.pruneEvery=0",
    ];

    private string[] Endless => [.. Line, "--set", "training.epochs=100000", "--set", "training.reportEvery=1"];

    /// <summary>Gets the flags of a small model without batch size and threads, which may be set afterwards.</summary>
    private static string[] Small => [.. TrainedFixture.SmallModel[..^4], "--set", "training.batchSize=64", "--set", "training.threads=1"];

    /// <inheritdoc/>
    public void Dispose() => _folder.Dispose();

    /// <summary>Two workers train the model of one; each reads its part of the rows, and the first one writes.</summary>
    /// <param name="launcher">The launcher.</param>
    /// <param name="sharing">More options.</param>
    /// <returns>The task.</returns>
    [SkippableTheory]
    [InlineData(Mpich, "distributed.bucketBytes=1024")]
    [InlineData(OpenMpi, "distributed.reproducible=true")]
    public async Task Train_TwoWorkers_GiveTheModelOfOne(string launcher, string sharing)
    {
        using MpiJob job = MpiJob.Launch(launcher, 2, [.. Line, "--output", _folder["two"], "--set", sharing, "--set", "distributed.consistencyEvery=10"]);
        Assert.True(await job.EndAsync() == 0, job.Output);
        (await Cli.RunAsync([.. Line, "--output", _folder["one"]])).Succeeded();

        SafetensorsValues.AssertClose(_folder["one/model/model.safetensors"], _folder["two/model/model.safetensors"], 1e-5);
        Assert.Equal(File.ReadAllLines(_folder["one/metrics.jsonl"]).Length, File.ReadAllLines(_folder["two/metrics.jsonl"]).Length);
        Assert.Single(job.Output.Split('\n'), line => line.Contains("run folder", StringComparison.Ordinal));
        Assert.Contains("2 workers:", job.Output, StringComparison.Ordinal);
    }

    /// <summary>Shards of different lengths, one of them empty, end together.</summary>
    /// <returns>The task.</returns>
    [SkippableFact]
    public async Task Train_MoreWorkersThanRows_Ends()
    {
        (await Cli.RunAsync("generate", "--output", _folder["few"], "--rows", "20")).Succeeded();
        using MpiJob job = MpiJob.Launch(
            Mpich, 3, ["train", _folder["few"], "--output", _folder["run"], .. Small, "--set", "training.batchSize=12", "--set", "training.epochs=2", "--set", "distributed.shardedReading=true"]);

        Assert.True(await job.EndAsync() == 0, job.Output);
        Assert.True(File.Exists(_folder["run/result.json"]));
    }

    /// <summary>Asked to stop through the launcher or through the program that started it: a checkpoint, exit code 0, nobody left.</summary>
    /// <param name="launcher">The launcher.</param>
    /// <param name="isSupervised">Whether the program starts the launcher.</param>
    /// <param name="signal">What the launcher passes on: Open MPI ends its job at SIGTERM.</param>
    /// <returns>The task.</returns>
    [SkippableTheory]
    [InlineData(Mpich, false, "TERM")]
    [InlineData(OpenMpi, false, "USR1")]
    [InlineData(Mpich, true, "TERM")]
    [InlineData(OpenMpi, true, "TERM")]
    public async Task Train_AskedToStop_SavesAndExitsWithZero(string launcher, bool isSupervised, string signal)
    {
        string[] line = [.. Endless, "--output", _folder["run"]];
        using MpiJob job = isSupervised ? MpiJob.Supervise(launcher, [.. line, "--workers", "2"]) : MpiJob.Launch(launcher, 2, line);
        await job.UntilAsync(HasReports);

        MpiJob.Signal(job.Process.Id, signal);

        Assert.True(await job.EndAsync(30) == 0, job.Output);
        Assert.Contains("go on with", job.Output, StringComparison.Ordinal);
        Assert.Single(Directory.GetDirectories(_folder["run/checkpoints"], "step-*"));
        await job.AssertNoneLeftAsync();
    }

    /// <summary>A worker that is killed takes the job along in seconds; the launcher names its process, which the first line maps to a worker.</summary>
    /// <param name="launcher">The launcher.</param>
    /// <returns>The task.</returns>
    [SkippableTheory]
    [InlineData(Mpich)]
    [InlineData(OpenMpi)]
    public async Task Train_WorkerKilled_EndsTheJobInSeconds(string launcher)
    {
        using MpiJob job = MpiJob.Launch(launcher, 2, [.. Endless, "--output", _folder["run"]]);
        await job.UntilAsync(HasReports);
        int killed = job.Workers[1];

        MpiJob.Signal(killed, "KILL");

        Assert.NotEqual(0, await job.EndAsync(5));
        string named = launcher == Mpich ? $"PID {killed}" : "process rank 1";
        Assert.True(job.Output.Contains(named, StringComparison.Ordinal), $"'{named}' is not in: {job.Output}");
        await job.AssertNoneLeftAsync();
    }

    /// <summary>A worker that fails says why, with its number, and takes the job along with its exit code.</summary>
    /// <param name="launcher">The launcher.</param>
    /// <returns>The task.</returns>
    [SkippableTheory]
    [InlineData(Mpich)]
    [InlineData(OpenMpi)]
    public async Task Train_WorkerFails_EndsTheJobAndSaysWhy(string launcher)
    {
        string[] line = ["dotnet", Cli.Program, .. Endless, "--output", _folder["run"]];
        using MpiJob job = MpiJob.LaunchLine(launcher, ["-n", "1", .. line, ":", "-n", "1", "env", "DLRM_DUCKDB=/nothing/there.so", .. line]);
        await job.UntilAsync(() => job.Process.HasExited || job.Output.Contains("worker 1: dlrm:", StringComparison.Ordinal));

        Assert.Equal(ExitCode.Failed, await job.EndAsync(5));
        Assert.Contains("worker 1: dlrm:", job.Output, StringComparison.Ordinal);
        Assert.Contains("/nothing/there.so", job.Output, StringComparison.Ordinal);
        await job.AssertNoneLeftAsync();
    }

    /// <summary>A worker that hangs is noticed by the others.</summary>
    /// <param name="launcher">The launcher.</param>
    /// <returns>The task.</returns>
    [SkippableTheory]
    [InlineData(Mpich)]
    [InlineData(OpenMpi)]
    public async Task Train_WorkerHangs_EndsTheJobAndSaysWhere(string launcher)
    {
        using MpiJob job = MpiJob.Launch(launcher, 2, [.. Endless, "--output", _folder["run"], "--set", "distributed.stallTimeout=\"00:00:02\""]);
        await job.UntilAsync(HasReports);

        MpiJob.Signal(job.Workers[1], "STOP");

        Assert.Equal(ExitCode.Communication, await job.EndAsync(10));
        Assert.Contains("worker 0: dlrm: nothing has happened for 2 s", job.Output, StringComparison.Ordinal);
        Assert.Contains("waiting for the other workers", job.Output, StringComparison.Ordinal);
        await job.AssertNoneLeftAsync();
    }

    /// <summary>A job whose worker is killed is started again from its newest checkpoint and gives the model of an undisturbed run.</summary>
    /// <returns>The task.</returns>
    [SkippableFact]
    public async Task Train_WorkerKilledWithRestarts_GoesOnAndGivesTheSameModel()
    {
        string[] line = [.. Line, "--set", "training.epochs=3", "--set", "training.checkpointEvery=5"];
        using MpiJob job = MpiJob.Supervise(Mpich, [.. line, "--output", _folder["run"], "--workers", "2", "--restarts", "2"]);
        await job.UntilAsync(() => job.Workers.Length == 2 && Directory.Exists(_folder["run/checkpoints"]) && Directory.GetDirectories(_folder["run/checkpoints"], "step-??").Length > 0);

        MpiJob.Signal(job.Workers[1], "KILL");

        Assert.True(await job.EndAsync() == 0, job.Output);
        Assert.Contains("starting it again from its newest checkpoint (1 of 2)", job.Output, StringComparison.Ordinal);
        Assert.Contains("going on from step", job.Output, StringComparison.Ordinal);
        using MpiJob undisturbed = MpiJob.Launch(Mpich, 2, [.. line, "--output", _folder["other"]]);
        Assert.True(await undisturbed.EndAsync() == 0, undisturbed.Output);
        Assert.Equal(File.ReadAllBytes(_folder["other/model/model.safetensors"]), File.ReadAllBytes(_folder["run/model/model.safetensors"]));
    }

    /// <summary>A job that fails at its start is not started again for ever.</summary>
    /// <returns>The task.</returns>
    [SkippableFact]
    public async Task Train_WrongOptionsWithRestarts_EndsAtOnce()
    {
        using MpiJob job = MpiJob.Supervise(Mpich, [.. Line, "--output", _folder["run"], "--set", "training.batchSize=63", "--workers", "2", "--restarts", "5"]);

        Assert.Equal(ExitCode.Usage, await job.EndAsync());
        Assert.Contains("training.batchSize is 63, which 2 workers can't share equally; make it a multiple of 2.", job.Output, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["run"]));
    }

    /// <summary>One worker, then two, then one again: the run of one worker.</summary>
    /// <returns>The task.</returns>
    [SkippableFact]
    public async Task Resume_WithOtherNumbersOfWorkers_GivesTheModelOfOne()
    {
        string[] line = [.. Line, "--set", "training.epochs=16", "--set", "training.reportEvery=1"];
        using (MpiJob one = MpiJob.LaunchLine(Mpich, ["-n", "1", "dotnet", Cli.Program, .. line, "--output", _folder["run"]]))
        {
            await one.UntilAsync(HasReports);
            MpiJob.Signal(one.Process.Id, "TERM");
            Assert.True(await one.EndAsync(30) == 0, one.Output);
        }

        int reports = File.ReadAllLines(_folder["run/metrics.jsonl"]).Length;
        using (MpiJob two = MpiJob.Launch(Mpich, 2, "train", "--resume", _folder["run"]))
        {
            await two.UntilAsync(() => File.ReadAllLines(_folder["run/metrics.jsonl"]).Length > reports + 3);
            MpiJob.Signal(two.Process.Id, "TERM");
            Assert.True(await two.EndAsync(30) == 0, two.Output);
            Assert.Contains("going on from step", two.Output, StringComparison.Ordinal);
        }

        (await Cli.RunAsync("train", "--resume", _folder["run"])).Succeeded();
        (await Cli.RunAsync([.. line, "--output", _folder["one"]])).Succeeded();
        SafetensorsValues.AssertClose(_folder["one/model/model.safetensors"], _folder["run/model/model.safetensors"], 1e-4);
    }

    /// <summary>The launcher of one family with the library of the other is no job of two.</summary>
    /// <param name="launcher">The launcher.</param>
    /// <param name="library">The library.</param>
    /// <param name="message">What is said.</param>
    /// <returns>The task.</returns>
    [SkippableTheory]
    [InlineData(Mpich, "libmpi.so.40", "launcher and library belong to different MPIs")]
    [InlineData(OpenMpi, "libnothing.so", "none of libnothing.so can be loaded")]
    public async Task Train_WrongLibrary_ExitsWithTheCodeOfCommunication(string launcher, string library, string message)
    {
        Skip.If(library.StartsWith("libmpi.", StringComparison.Ordinal) && !File.Exists("/usr/bin/" + OpenMpi), "Open MPI is not installed.");
        using MpiJob job = MpiJob.LaunchLine(launcher, ["-n", "2", "env", $"DLRM_MPI={library}", "dotnet", Cli.Program, .. Line, "--output", _folder["run"]]);

        Assert.Equal(ExitCode.Communication, await job.EndAsync(20));
        Assert.Contains(message, job.Output, StringComparison.Ordinal);
    }

    /// <summary>A worker that can't even join is not waited for for ever.</summary>
    /// <param name="launcher">The launcher.</param>
    /// <returns>The task.</returns>
    [SkippableTheory]
    [InlineData(Mpich)]
    [InlineData(OpenMpi)]
    public async Task Train_WorkerThatCantJoin_EndsTheJob(string launcher)
    {
        string[] line = ["DLRM_JOIN_TIMEOUT=2", "dotnet", Cli.Program, .. Line, "--output", _folder["run"]];
        using MpiJob job = MpiJob.LaunchLine(launcher, ["-n", "1", "env", .. line, ":", "-n", "1", "env", "DLRM_MPI=libnothing.so", .. line]);

        Assert.NotEqual(0, await job.EndAsync(20));
        Assert.Contains("worker 1: dlrm: This process was started by an MPI launcher, but none of libnothing.so can be loaded", job.Output, StringComparison.Ordinal);
    }

    private bool HasReports() => File.Exists(_folder["run/metrics.jsonl"]) && File.ReadAllLines(_folder["run/metrics.jsonl"]).Length > 3;
}
