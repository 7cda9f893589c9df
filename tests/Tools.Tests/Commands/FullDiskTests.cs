using Dlrm.Tools.Tests.Support;

namespace Dlrm.Tools.Tests.Commands;

/// <summary>A disk that is full or read-only: one sentence, no stack trace, nothing half-written, and what was there stays.</summary>
/// <param name="fixture">Data and a trained model.</param>
public sealed class FullDiskTests(TrainedFixture fixture) : IClassFixture<TrainedFixture>
{
    /// <summary>A converter without room leaves nothing.</summary>
    /// <returns>The task.</returns>
    [SkippableFact]
    public async Task Convert_FullDisk_SaysSoAndLeavesNothing()
    {
        using SmallDisk disk = new(128);
        using TemporaryFolder folder = new();
        File.WriteAllLines(folder["raw.tsv"], Enumerable.Range(0, 20000).Select(i => $"{i % 2}\t{i * 7919L % 104729}\tv{i * 31337L}\tw{i * 7L}"));

        CommandLineResult result = await Cli.RunAsync(
            "convert", folder["raw.tsv"], "--output", disk["set"], "--set", "input.columns.dense=[\"I1\"]", "--set", "input.columns.sparse=[\"C1\",\"C2\"]");

        RequireStorageSentence(result, 1);
        Assert.Empty(Directory.EnumerateFileSystemEntries(disk.Path));
    }

    /// <summary>Training stops at the checkpoint that finds no room; the one before is whole, and the run goes on from it when there is room.</summary>
    /// <returns>The task.</returns>
    [SkippableFact]
    public async Task Train_FullDisk_KeepsTheCheckpointsBefore()
    {
        using SmallDisk disk = new(1 << 14);
        string[] line = ["train", fixture.Data, "--output", disk["run"], .. TrainedFixture.SmallModel, "--checkpoint-every", "1", "--set", "output.keepCheckpoints=1000"];

        CommandLineResult full = await Cli.RunAsync(line);

        RequireStorageSentence(full, 4);
        string[] kept = Directory.GetDirectories(disk["run/checkpoints"]);
        Assert.NotEmpty(kept);
        Assert.All(kept, path => Assert.True(File.Exists(Path.Combine(path, "manifest.json")), path));

        disk.Resize(1 << 18);
        CommandLineResult resumed = (await Cli.RunAsync("train", "--resume", disk["run"])).Succeeded();

        Assert.Contains($"going on from step {kept.Length}.", resumed.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("passed over", resumed.Error, StringComparison.Ordinal);
        Assert.Equal(File.ReadAllBytes(Path.Combine(fixture.Run, "model/model.safetensors")), File.ReadAllBytes(disk["run/model/model.safetensors"]));
    }

    /// <summary>Predictions that find no room leave the older file as it was.</summary>
    /// <returns>The task.</returns>
    [SkippableFact]
    public async Task Predict_FullDisk_KeepsTheFileBefore()
    {
        using SmallDisk disk = new(512);
        File.WriteAllText(disk["p.tsv"], "before");
        disk.Fill(leaveBytes: 8192);

        CommandLineResult result = await Cli.RunAsync("predict", fixture.Run, fixture.Data, "--split", "train", "--output", disk["p.tsv"]);

        RequireStorageSentence(result, 1);
        Assert.Equal("before", File.ReadAllText(disk["p.tsv"]));
        Assert.Equal([disk["fill"], disk["p.tsv"]], Directory.EnumerateFileSystemEntries(disk.Path).Order(StringComparer.Ordinal));
    }

    /// <summary>Every command that writes says what is wrong with a read-only disk.</summary>
    /// <param name="line">The command line; DATA, RUN and DISK stand for folders.</param>
    /// <returns>The task.</returns>
    [SkippableTheory]
    [InlineData("generate --rows 500 --output DISK/g")]
    [InlineData("train DATA --output DISK/r")]
    [InlineData("predict RUN DATA --output DISK/p.tsv")]
    public async Task Run_ReadOnlyDisk_SaysSo(string line)
    {
        using SmallDisk disk = new(512);
        disk.Protect();

        CommandLineResult result = await Cli.RunAsync(
            [.. line.Split(' ').Select(word => word.Replace("DATA", fixture.Data, StringComparison.Ordinal).Replace("RUN", fixture.Run, StringComparison.Ordinal).Replace("DISK", disk.Path, StringComparison.Ordinal))]);

        RequireStorageSentence(result, 1);
    }

    private static void RequireStorageSentence(CommandLineResult result, int code)
    {
        Assert.True(code == result.ExitCode, $"Exit code {result.ExitCode}. Standard error:\n{result.Error}");
        Assert.Matches("No space left|Read-only file system", result.Error);
        Assert.Contains("make room", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", result.Error, StringComparison.Ordinal);
        Assert.Empty(result.Output);
    }
}
