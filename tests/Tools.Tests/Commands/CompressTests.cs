using System.Text.Json.Nodes;
using Dlrm.Tools.Tests.Support;

namespace Dlrm.Tools.Tests.Commands;

/// <summary>train dense → compress → evaluate and predict, as a user calls them.</summary>
/// <param name="fixture">A dataset.</param>
public sealed class CompressTests(TrainedFixture fixture) : IClassFixture<TrainedFixture>
{
    /// <summary>The compressed model keeps its bytes, is measured as it is stored, and takes the same rows.</summary>
    /// <returns>The task.</returns>
    [Fact]
    public async Task Compress_DenseModel_IsAModelOfTheAskedBytes()
    {
        using TemporaryFolder folder = new();
        JsonObject dense = (await Cli.RunAsync(["train", fixture.Data, "--output", folder["dense"], .. TrainedFixture.SmallModel, "--set", "model.tables.kind=dense", "--json"])).Succeeded().Json;

        JsonObject result = (await Cli.RunAsync("compress", folder["dense"], "--budget", "10x", "--output", folder["small"], "--evaluate", fixture.Data, "--json")).Succeeded().Json;

        Assert.True((long)result["bytes"]! <= (long)dense["modelBytes"]! / 10, $"{result["bytes"]} of {dense["modelBytes"]} bytes.");
        Assert.Equal(dense["test"]!.ToJsonString(), result["before"]!.ToJsonString());
        JsonObject evaluated = (await Cli.RunAsync("evaluate", folder["small"], "--data", fixture.Data, "--json")).Succeeded().Json;
        Assert.Equal(result["after"]!.ToJsonString(), evaluated["metrics"]!.ToJsonString());
        Assert.Equal((long)result["bytes"]!, (long)evaluated["modelBytes"]!);
        string text = (await Cli.RunAsync("compress", folder["dense"], "--budget", "10x", "--output", folder["small"], "--overwrite")).Succeeded().Output;
        Assert.Contains("worst row", text, StringComparison.Ordinal);
    }

    /// <summary>A file with the names of facebookresearch/dlrm gives the model that it is, and a small one.</summary>
    /// <returns>The task.</returns>
    [Fact]
    public async Task Compress_CheckpointOfAnotherProgram_PredictsLikeIt()
    {
        using TemporaryFolder folder = new();
        JsonObject dense = (await Cli.RunAsync(["train", fixture.Data, "--output", folder["dense"], .. TrainedFixture.SmallModel, "--set", "model.tables.kind=dense", "--json"])).Succeeded().Json;
        RenameTensors(Path.Combine(folder["dense"], "model", "model.safetensors"), folder["theirs.safetensors"]);

        JsonObject result = (await Cli.RunAsync("compress", folder["theirs.safetensors"], "--budget", "20x", "--output", folder["small"], "--evaluate", fixture.Data, "--json")).Succeeded().Json;

        Assert.Equal((double)dense["test"]!["auc"]!, (double)result["before"]!["auc"]!, 1e-9);
        Assert.Equal((double)dense["test"]!["logLoss"]!, (double)result["before"]!["logLoss"]!, 1e-6);
        Assert.True((long)result["bytes"]! <= (long)dense["modelBytes"]! / 20, $"{result["bytes"]} of {dense["modelBytes"]} bytes.");
        Assert.Equal(8, result["tables"]!.AsArray().Count);
    }

    /// <summary>A compressed model with low-rank towers, expanded and read again, predicts what it predicts; the .npy files have the same numbers.</summary>
    /// <returns>The task.</returns>
    [Fact]
    public async Task Expand_CompressedModel_IsReadBackWithTheSamePredictions()
    {
        using TemporaryFolder folder = new();
        string[] towers = ["--set", "model.bottomMlp.format=tt", "--set", "model.bottomMlp.compressAbove=100"];
        JsonObject trained = (await Cli.RunAsync(["train", fixture.Data, "--output", folder["run"], .. TrainedFixture.SmallModel, .. towers, "--json"])).Succeeded().Json;

        (await Cli.RunAsync("expand", folder["run"], "--output", folder["all.safetensors"])).Succeeded();
        (await Cli.RunAsync("expand", folder["run"], "--output", folder["all"])).Succeeded();

        JsonObject back = (await Cli.RunAsync("compress", folder["all.safetensors"], "--budget", "4x", "--output", folder["small"], "--evaluate", fixture.Data, "--json")).Succeeded().Json;
        Assert.Equal((double)trained["test"]!["logLoss"]!, (double)back["before"]!["logLoss"]!, 1e-5);
        JsonObject one = (await Cli.RunAsync("inspect", Path.Combine(folder["all"], "emb_l.0.weight.npy"), "--json")).Succeeded().Json;
        JsonObject all = (await Cli.RunAsync("inspect", folder["all.safetensors"], "--json")).Succeeded().Json;
        Assert.Equal(all["tensors"]![0]!["shape"]!.ToJsonString(), one["tensors"]![0]!["shape"]!.ToJsonString());
        byte[] npy = await File.ReadAllBytesAsync(Path.Combine(folder["all"], "emb_l.0.weight.npy"));
        byte[] whole = await File.ReadAllBytesAsync(folder["all.safetensors"]);
        int first = 8 + (int)BitConverter.ToInt64(whole);
        int bytes = (int)all["tensors"]![0]!["bytes"]!;
        Assert.True(npy.AsSpan(npy.Length - bytes).SequenceEqual(whole.AsSpan(first, bytes)), "The numbers differ.");
    }

    /// <summary>Writes a model's tensors under the names that facebookresearch/dlrm gives them; layers of a tower are numbered by twos there.</summary>
    private static void RenameTensors(string from, string to)
    {
        byte[] bytes = File.ReadAllBytes(from);
        int length = (int)BitConverter.ToInt64(bytes);
        JsonObject header = JsonNode.Parse(bytes.AsSpan(8, length))!.AsObject();
        JsonObject renamed = [];
        foreach ((string name, JsonNode? entry) in header.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            string[] parts = name.Split('.');
            string? theirs = parts[0] switch
            {
                "tables" => $"emb_l.{int.Parse(parts[1][1..], System.Globalization.CultureInfo.InvariantCulture) - 1}.weight",
                "bottom" => $"bot_l.{2 * int.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture)}.{parts[2]}",
                "top" => $"top_l.{2 * int.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture)}.{parts[2]}",
                _ => null,
            };
            if (theirs is not null)
            {
                renamed[theirs] = entry!.DeepClone();
            }
        }

        byte[] text = System.Text.Encoding.UTF8.GetBytes(renamed.ToJsonString());
        File.WriteAllBytes(to, [.. BitConverter.GetBytes((long)text.Length), .. text, .. bytes.AsSpan(8 + length)]);
    }

    /// <summary>Wrong use ends with 2 and says the way out.</summary>
    /// <returns>The task.</returns>
    [Fact]
    public async Task Compress_WrongUse_SaysTheWayOut()
    {
        using TemporaryFolder folder = new();
        string there = folder["there"];
        Directory.CreateDirectory(there);

        await FailsAsync("--overwrite", "compress", fixture.Run, "--budget", "10x", "--output", there);
        await FailsAsync("100x", "compress", fixture.Run, "--budget", "ten", "--output", folder["new"]);
        await FailsAsync("compress a model whose tables are dense", "compress", fixture.Run, "--budget", "10x", "--output", folder["new"]);
    }

    private static async Task FailsAsync(string says, params string[] words)
    {
        CommandLineResult result = await Cli.RunAsync(words);
        Assert.Equal(2, result.ExitCode);
        Assert.Contains(says, result.Error, StringComparison.Ordinal);
    }
}
