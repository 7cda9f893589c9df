using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Dlrm.TestSupport;
using Dlrm.Tools.Tests.Support;

namespace Dlrm.Tools.Tests.Commands;

/// <summary><c>dlrm inspect</c> on files of weights of other programs.</summary>
public sealed class InspectWeightsTests
{
    private const string DlrmHeader =
        "{\"emb_l.0.weight\":{\"dtype\":\"F32\",\"shape\":[5,2],\"data_offsets\":[0,40]},\"emb_l.1.weight\":{\"dtype\":\"F32\",\"shape\":[3,2],\"data_offsets\":[40,64]},"
        + "\"bot_l.0.weight\":{\"dtype\":\"F32\",\"shape\":[2,4],\"data_offsets\":[64,96]},\"top_l.0.weight\":{\"dtype\":\"F32\",\"shape\":[1,5],\"data_offsets\":[96,116]}}";

    /// <summary>A table of tensors, and the model that their names tell.</summary>
    /// <returns>The task.</returns>
    [Fact]
    public async Task Inspect_Safetensors_ListsTensorsAndTheModel()
    {
        using TemporaryFolder folder = new();
        string path = WriteSafetensors(folder, DlrmHeader, 116);

        CommandLineResult result = await Cli.RunAsync("inspect", path);

        Assert.Equal(0, result.ExitCode);
        Assert.Matches(@"emb_l\.0\.weight\s+float32\s+5 × 2\s+40 B", result.Output);
        Assert.Contains("4 tensors, 116 B", result.Output, StringComparison.Ordinal);
        Assert.Contains("facebookresearch/dlrm: 2 tables, 8 rows of 2; bottom MLP 4-2; top MLP 5-1; interaction: lower triangle", result.Output, StringComparison.Ordinal);
        Assert.Contains("nothing: all of the file was understood", result.Output, StringComparison.Ordinal);
    }

    /// <summary>For programs: one object.</summary>
    /// <returns>The task.</returns>
    [Fact]
    public async Task Inspect_Json_HasEveryTensor()
    {
        using TemporaryFolder folder = new();

        CommandLineResult result = await Cli.RunAsync("inspect", WriteSafetensors(folder, DlrmHeader, 116), "--json");

        JsonElement json = JsonDocument.Parse(result.Output).RootElement;
        Assert.Equal("safetensors", json.GetProperty("format").GetString());
        Assert.Equal(4, json.GetProperty("tensors").GetArrayLength());
        Assert.Equal("[5,2]", json.GetProperty("tensors")[0].GetProperty("shape").GetRawText());
        Assert.Equal("facebookresearch/dlrm", json.GetProperty("model").GetProperty("naming").GetString());
        Assert.Equal(0, json.GetProperty("opaque").GetArrayLength());
    }

    /// <summary>Other names by a file.</summary>
    /// <param name="mapping">The mapping.</param>
    /// <param name="code">The exit code.</param>
    /// <param name="expected">In what is said.</param>
    /// <returns>The task.</returns>
    [Theory]
    [InlineData("{\"tables\":[{\"name\":\"user\",\"weight\":\"emb_l.1.weight\"}]}", 0, "mapping file: 1 table, 3 rows of 2; bottom MLP none; top MLP none; interaction: lower triangle row by row; 3 other tensors")]
    [InlineData("{\"tables\":[{\"name\":\"user\",\"weight\":\"none\"}]}", 3, "None of its 4 tensors is named 'none'")]
    [InlineData("{\"table\":[]}", 2, "is no mapping file")]
    [InlineData("{\"tables\":[null]}", 2, "A name is missing")]
    [InlineData("{", 2, "is no mapping file")]
    public async Task Inspect_Mapping_NamesTheWeights(string mapping, int code, string expected)
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["map.json"], mapping);

        CommandLineResult result = await Cli.RunAsync("inspect", WriteSafetensors(folder, DlrmHeader, 116), "--mapping", folder["map.json"]);

        Assert.Equal(code, result.ExitCode);
        Assert.Contains(expected, result.Output + result.Error, StringComparison.Ordinal);
    }

    /// <summary>What would run is named, with its control characters escaped.</summary>
    /// <returns>The task.</returns>
    [Fact]
    public async Task Inspect_HostilePickle_NamesWhatIsNotRun()
    {
        using TemporaryFolder folder = new();
        string marker = folder["marker"];
        string command = "touch " + marker;
        string path = WriteTorch(folder, [0x80, 2, .. "(cos\nsystem\n(U"u8, (byte)command.Length, .. Encoding.ASCII.GetBytes(command), .. "tRc\u001b[2J\nx\n)Rt."u8]);

        CommandLineResult result = await Cli.RunAsync("inspect", path);

        Assert.Equal(0, result.ExitCode);
        Assert.Contains("2 objects, not understood, of 2 names: \\u001b[2J.x, os.system", result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', result.Output);
        Assert.False(File.Exists(marker));
    }

    /// <summary>What is refused has exit code 3 and one sentence.</summary>
    /// <param name="kind">What is wrong.</param>
    /// <param name="expected">In the sentence.</param>
    /// <returns>The task.</returns>
    [Theory]
    [InlineData("overlap", "a hole or an overlap")]
    [InlineData("pickle", "its pickle")]
    [InlineData("text", "no file of weights that is known")]
    [InlineData("empty", "It is empty")]
    public async Task Inspect_RefusedFile_HasExitCode3(string kind, string expected)
    {
        using TemporaryFolder folder = new();
        string path = kind switch
        {
            "overlap" => WriteSafetensors(folder, "{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]},\"b\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[2,6]}}", 6),
            "pickle" => WriteTorch(folder, [0x80, 2, 0xff]),
            _ => folder["other.bin"],
        };
        if (!File.Exists(path))
        {
            File.WriteAllText(path, kind == "text" ? "Dear reader,\n" : string.Empty);
        }

        CommandLineResult result = await Cli.RunAsync("inspect", path);

        Assert.Equal(3, result.ExitCode);
        Assert.Contains(expected, result.Error, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("   at ", result.Error, StringComparison.Ordinal);
        Assert.Empty(result.Output);
    }

    /// <summary>A real checkpoint of a whole model.</summary>
    /// <returns>The task.</returns>
    [SkippableFact]
    public async Task Inspect_RealCheckpoint_ListsItsTables()
    {
        string path = SharedData.Require("checkpoints-torch/deepctr_torch_whole_model_legacy.ckpt");

        CommandLineResult result = await Cli.RunAsync("inspect", path);

        Assert.Equal(0, result.ExitCode);
        Assert.Contains("121 tensors", result.Output, StringComparison.Ordinal);
        Assert.Contains("deepctr_torch.models.deepfm.DeepFM", result.Output, StringComparison.Ordinal);
    }

    private static string WriteSafetensors(TemporaryFolder folder, string header, int bytes)
    {
        byte[] json = Encoding.UTF8.GetBytes(header);
        File.WriteAllBytes(folder["model.safetensors"], [.. BitConverter.GetBytes((long)json.Length), .. json, .. new byte[bytes]]);
        return folder["model.safetensors"];
    }

    private static string WriteTorch(TemporaryFolder folder, byte[] pickle)
    {
        using ZipArchive zip = ZipFile.Open(folder["model.pt"], ZipArchiveMode.Create);
        using Stream entry = zip.CreateEntry("model/data.pkl", CompressionLevel.NoCompression).Open();
        entry.Write(pickle);
        return folder["model.pt"];
    }
}
