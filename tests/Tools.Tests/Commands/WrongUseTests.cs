using Dlrm.Tools.Tests.Support;

namespace Dlrm.Tools.Tests.Commands;

/// <summary>What goes wrong has an exit code and one sentence, never a stack trace.</summary>
/// <param name="fixture">Data and a trained model.</param>
public sealed class WrongUseTests(TrainedFixture fixture) : IClassFixture<TrainedFixture>
{
    /// <summary>Gets wrong command lines; DATA, RUN and TMP stand for folders.</summary>
    public static TheoryData<string, int, string> CommandLines => new()
    {
        { "fly", 2, "'fly'" },
        { "train DATA --output TMP/r --epoch 3", 2, "--epoch" },
        { "train DATA", 2, "--output" },
        { "train --output TMP/r", 2, "No dataset is named" },
        { "train DATA --output TMP/r --batch-size many", 2, "--batch-size is 'many'; it must be a whole number." },
        { "train DATA --output TMP/r --batch-size 0", 2, "training.batchSize is 0" },
        { "train DATA --output TMP/r --set training.epoch=3", 2, "did you mean 'training.epochs'?" },
        { "train DATA --output TMP/r --set training.epochs=soon", 2, "training.epochs is \"soon\"; it must be a whole number." },
        { "train DATA --output TMP/r --tables small", 2, "must be one of auto, dense, lowRank" },
        { "train DATA --output TMP/r --set model.tableOverrides.C99.kind=dense", 2, "'C99'" },
        { "train DATA --output TMP/r --preset huge", 2, "kaggle-tt, kaggle-ttm, kaggle-tucker, quickstart, terabyte" },
        { "train DATA --output TMP/r --config TMP/none.json", 2, "none.json" },
        { "train DATA --output RUN", 2, "--resume" },
        { "train DATA --output DATA", 2, "is not a run folder" },
        { "train DATA --output TMP/r --memory much", 2, "--memory is 'much'; it must be an amount of memory such as 8G" },
        { "train DATA --output TMP/r --tables dense --memory 300k", 2, "--memory is '300k'" },
        { "train DATA --output TMP/r --tables dense --memory 8M", 2, "and the memory given is 8.0 MiB; what fits: low-rank tables (--tables ttm) with" },
        { "train --resume TMP", 2, "is not a run folder" },
        { "train --resume RUN --epochs 9", 2, "--epochs" },
        { "train TMP --output TMP/r", 3, "schema.json" },
        { "evaluate TMP", 4, "model.json" },
        { "evaluate RUN --data TMP", 3, "schema.json" },
        { "evaluate RUN --split best", 2, "train, valid or test" },
        { "predict RUN TMP/none.tsv", 3, "none.tsv" },
        { "predict RUN DATA --std --draws 1", 2, "--draws is 1" },
        { "inspect TMP/none", 3, "none" },
        { "bench --works gemm", 2, "--works chooses among the rows of --peers" },
        { "bench --peers --works nothing", 2, "No row's name begins with 'nothing'" },
        { "bench --peers --batch-size 3", 2, "leave out --batch-size" },
        { "bench --steps 0", 2, "--steps is 0" },
        { "generate --output DATA", 2, "--overwrite" },
        { "convert TMP --output DATA", 2, "--overwrite" },
        { "convert TMP --output TMP/c --test TMP/t --split hash", 2, "leave out --split" },
        { "convert TMP --output TMP/c --like DATA --rows 10", 2, "leave out --rows" },
        { "convert DATA --output RUN", 2, "is not a dataset" },
        { "convert DATA --output TMP/c --memory 64", 2, "64 MB" },
        { "generate --output TMP/g --preset tiny", 2, "quickstart, kaggle, terabyte" },
        { "generate --output TMP/g --scale 0", 2, "(0, 100]" },
        { "convert TMP/none --output TMP/c", 3, "none" },
        { "convert DATA --output TMP/c --split daily", 2, "order or hash" },
        { "experiment nothing", 2, "criteo-sample" },
        { "options --set what", 2, "key=value" },
        { "options --budget much", 2, "model.budget is 'much'" },
        { "plan", 2, "--cardinalities" },
        { "plan --cardinalities 5,x", 2, "--cardinalities" },
        { "plan --cardinalities 5,0", 2, "--cardinalities" },
        { "plan --data DATA --cardinalities 5", 2, "leave out --cardinalities" },
        { "plan --data TMP", 3, "schema.json" },
        { "plan --preset kaggle --budget 2000x", 2, "compressAbove" },
        { "train DATA --output TMP/r --budget 1kB", 2, "the towers take" },
    };

    /// <summary>Code and sentence.</summary>
    /// <param name="line">The command line.</param>
    /// <param name="code">The exit code.</param>
    /// <param name="expected">In the sentence.</param>
    /// <returns>The task.</returns>
    [Theory]
    [MemberData(nameof(CommandLines))]
    public async Task Run_WrongCommandLine_SaysWhatAndExitsWithTheCode(string line, int code, string expected)
    {
        using TemporaryFolder folder = new();
        string[] args = [.. line.Split(' ').Select(word => word.Replace("DATA", fixture.Data, StringComparison.Ordinal).Replace("RUN", fixture.Run, StringComparison.Ordinal).Replace("TMP", folder.Path, StringComparison.Ordinal))];

        CommandLineResult result = await Cli.RunAsync(args);

        Assert.True(code == result.ExitCode, $"Exit code {result.ExitCode}. Standard error:\n{result.Error}");
        Assert.Contains(expected, result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Error, StringComparison.Ordinal);
        Assert.Empty(result.Output);
    }

    /// <summary>A damaged model is refused by name.</summary>
    /// <returns>The task.</returns>
    [Fact]
    public async Task Evaluate_DamagedModel_IsABadCheckpoint()
    {
        using TemporaryFolder folder = new();
        foreach (string file in Directory.GetFiles(Path.Combine(fixture.Run, "model")))
        {
            File.Copy(file, folder[Path.GetFileName(file)]);
        }

        byte[] bytes = File.ReadAllBytes(folder["model.safetensors"]);
        bytes[^5] ^= 16;
        File.WriteAllBytes(folder["model.safetensors"], bytes);

        CommandLineResult result = await Cli.RunAsync("evaluate", folder.Path, "--data", fixture.Data);

        Assert.Equal(4, result.ExitCode);
        Assert.Contains("model.safetensors", result.Error, StringComparison.Ordinal);
    }

    /// <summary>A broken Parquet file is bad data, named.</summary>
    /// <returns>The task.</returns>
    [Fact]
    public async Task Train_BrokenParquetFile_IsBadData()
    {
        using TemporaryFolder folder = new();
        foreach (string file in Directory.GetFiles(fixture.Data, "*", SearchOption.AllDirectories))
        {
            string target = folder[Path.GetRelativePath(fixture.Data, file)];
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }

        string part = Directory.GetFiles(folder["train"]).Order(StringComparer.Ordinal).First();
        using (FileStream stream = File.OpenWrite(part))
        {
            stream.SetLength(stream.Length / 2);
        }

        CommandLineResult result = await Cli.RunAsync(["train", folder.Path, "--output", folder["r"], .. TrainedFixture.SmallModel]);

        Assert.Equal(3, result.ExitCode);
        Assert.Contains(Path.GetFileName(part), result.Error, StringComparison.Ordinal);
    }
}
