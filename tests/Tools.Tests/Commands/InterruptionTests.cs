using System.Diagnostics;
using Dlrm.Tools.Tests.Support;

namespace Dlrm.Tools.Tests.Commands;

/// <summary>Runs that are killed or asked to stop go on as if nothing had happened.</summary>
/// <param name="fixture">Data.</param>
[Trait("Speed", "Slow")]
public sealed class InterruptionTests(TrainedFixture fixture) : IClassFixture<TrainedFixture>, IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);
    private readonly TemporaryFolder _folder = new();

    private string[] Line => ["train", fixture.Data, "--output", _folder["run"], .. TrainedFixture.SmallModel, "--epochs", "12", "--checkpoint-every", "1"];

    /// <inheritdoc/>
    public void Dispose() => _folder.Dispose();

    /// <summary>kill -9 in the middle, resume, and the model has the same bits as without.</summary>
    /// <returns>The task.</returns>
    [Fact]
    public async Task Train_KilledAndResumed_GivesTheSameModel()
    {
        using (Process child = Cli.Start(Line))
        {
            await WaitForAsync(() => Directory.Exists(_folder["run/checkpoints"]) && Directory.GetDirectories(_folder["run/checkpoints"], "step-??").Length > 0, child);
            child.Kill();
            await child.WaitForExitAsync();
        }

        Assert.False(File.Exists(_folder["run/result.json"]));
        CommandLineResult resumed = (await Cli.RunAsync("train", "--resume", _folder["run"], "--threads", "1")).Succeeded();
        Assert.Contains("going on from step", resumed.Error, StringComparison.Ordinal);
        string[] undisturbed = [.. Line.Select(word => word == _folder["run"] ? _folder["other"] : word)];
        (await Cli.RunAsync(undisturbed)).Succeeded();
        Assert.Equal(File.ReadAllBytes(_folder["other/model/model.safetensors"]), File.ReadAllBytes(_folder["run/model/model.safetensors"]));
    }

    /// <summary>SIGTERM and Ctrl-C: a checkpoint, exit code 0, and the way to go on.</summary>
    /// <param name="signal">The signal.</param>
    /// <returns>The task.</returns>
    [Theory]
    [InlineData("TERM")]
    [InlineData("INT")]
    public async Task Train_AskedToStop_SavesAndExitsWithZero(string signal)
    {
        using Process child = Cli.Start([.. Line, "--set", "training.epochs=100000", "--set", "training.checkpointEvery=0", "--set", "training.reportEvery=1"]);
        Task<string> error = child.StandardError.ReadToEndAsync();
        await WaitForAsync(() => File.Exists(_folder["run/metrics.jsonl"]) && new FileInfo(_folder["run/metrics.jsonl"]).Length > 0, child);

        Cli.Signal(child, signal);
        await child.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(30));

        Assert.Equal(0, child.ExitCode);
        Assert.Contains("--resume", await error, StringComparison.Ordinal);
        Assert.Single(Directory.GetDirectories(_folder["run/checkpoints"], "step-*"));
        Assert.False(File.Exists(_folder["run/result.json"]));
    }

    /// <summary>Who asks twice does not wait.</summary>
    /// <returns>The task.</returns>
    [Fact]
    public async Task Train_AskedTwiceToStop_ExitsAtOnceWith130()
    {
        using Process child = Cli.Start(
            [.. Line, "--set", "training.batchSize=1600", "--set", "model.bottomMlp=[4096,4096,16]", "--set", "model.topMlp=[4096,4096]", "--set", "training.reportEvery=1", "--set", "training.checkpointEvery=0"]);
        await WaitForAsync(() => File.Exists(_folder["run/metrics.jsonl"]) && new FileInfo(_folder["run/metrics.jsonl"]).Length > 0, child);

        Cli.Signal(child, "INT");
        while (await child.StandardError.ReadLineAsync().WaitAsync(Patience) is string line && !line.StartsWith("Stopping", StringComparison.Ordinal))
        {
            Assert.False(child.HasExited);
        }

        Cli.Signal(child, "INT");
        await child.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(30));

        Assert.Equal(130, child.ExitCode);
    }

    /// <summary>A damaged newest checkpoint is passed over, with a word.</summary>
    /// <returns>The task.</returns>
    [Fact]
    public async Task Resume_DamagedNewestCheckpoint_TakesTheOneBefore()
    {
        (await Cli.RunAsync([.. Line, "--set", "training.epochs=1"])).Succeeded();
        File.Delete(_folder["run/result.json"]);
        string newest = _folder["run/checkpoints/step-25/optimizer.safetensors"];
        byte[] bytes = File.ReadAllBytes(newest);
        bytes[^1] ^= 1;
        File.WriteAllBytes(newest, bytes);

        CommandLineResult result = (await Cli.RunAsync("train", "--resume", _folder["run"])).Succeeded();

        Assert.Contains("passed over", result.Error, StringComparison.Ordinal);
        Assert.Contains("going on from step 24", result.Error, StringComparison.Ordinal);
    }

    /// <summary>Resuming a run that has ended changes nothing and shows its results.</summary>
    /// <returns>The task.</returns>
    [Fact]
    public async Task Resume_EndedRun_ShowsTheResultsAgain()
    {
        CommandLineResult first = (await Cli.RunAsync([.. Line, "--set", "training.epochs=1", "--json"])).Succeeded();
        DateTime written = File.GetLastWriteTimeUtc(_folder["run/result.json"]);

        CommandLineResult second = (await Cli.RunAsync("train", "--resume", _folder["run"], "--json")).Succeeded();

        Assert.Equal(first.Output, second.Output);
        Assert.Contains("has ended already", second.Error, StringComparison.Ordinal);
        Assert.Equal(written, File.GetLastWriteTimeUtc(_folder["run/result.json"]));
    }

    private static async Task WaitForAsync(Func<bool> condition, Process child)
    {
        long start = Stopwatch.GetTimestamp();
        while (!condition())
        {
            Assert.False(child.HasExited, child.HasExited ? $"The child ended with {child.ExitCode}." : string.Empty);
            Assert.True(Stopwatch.GetElapsedTime(start) < Patience, "The child did not get that far.");
            await Task.Delay(20);
        }
    }
}
