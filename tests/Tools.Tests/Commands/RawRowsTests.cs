using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Dlrm.Tools.Tests.Support;

namespace Dlrm.Tools.Tests.Commands;

/// <summary>Criteo's text through convert, train and predict: the model carries its vocabulary.</summary>
public sealed class RawRowsTests : IDisposable
{
    private const int Rows = 400;
    private readonly TemporaryFolder _folder = new();

    /// <inheritdoc/>
    public void Dispose() => _folder.Dispose();

    /// <summary>Text in, probabilities out; rows without a label and with values never seen are fine.</summary>
    /// <returns>The task.</returns>
    [Fact]
    public async Task Predict_RawRowsWithoutLabel_MatchThoseOfTheDataset()
    {
        File.WriteAllText(_folder["raw.tsv"], Text(withLabel: true));
        File.WriteAllText(_folder["new.tsv"], Text(withLabel: false));
        JsonObject converted = (await Cli.RunAsync("convert", _folder["raw.tsv"], "--output", _folder["data"], "--valid-fraction", "0", "--test-fraction", "0.25", "--json")).Succeeded().Json;
        (await Cli.RunAsync("train", _folder["data"], "--output", _folder["run"], "--batch-size", "32")).Succeeded();

        string[] ofData = (await Cli.RunAsync("predict", _folder["run"], _folder["data"], "--split", "test")).Succeeded().Output.TrimEnd().Split('\n');
        string[] ofRaw = (await Cli.RunAsync("predict", _folder["run"], _folder["new.tsv"])).Succeeded().Output.TrimEnd().Split('\n');
        using Process child = Cli.Start("predict", _folder["run"], _folder["new.tsv"]);
        string[] ofFresh = (await child.StandardOutput.ReadToEndAsync()).TrimEnd().Split('\n');
        string freshError = await child.StandardError.ReadToEndAsync();

        Assert.True(ofFresh.SequenceEqual(ofRaw), "A process of its own says: " + freshError);
        Assert.Equal(26, converted["schema"]!["sparse"]!.AsArray().Count);
        Assert.Equal(Rows + 1, ofRaw.Length);
        Assert.Equal((await Cli.RunAsync("convert", _folder["raw.tsv"], "--like", _folder["run"], "--output", _folder["like"], "--json")).Succeeded().Json["schema"]!["fingerprint"]!.ToString(), converted["schema"]!["fingerprint"]!.ToString());
        Assert.Equal(ofData.Skip(1), ofRaw.Skip(1 + (Rows * 3 / 4)));
        string[] names = [.. Enumerable.Range(1, 13).Select(k => $"I{k}"), .. Enumerable.Range(1, 26).Select(k => $"C{k}")];
        using DlrmModel model = DlrmModel.Load(_folder["run"]);
        float[] ofProgram = model.Predict([.. Text(withLabel: false).TrimEnd().Split('\n').Select(line => line.Split('\t').Zip(names).ToDictionary(pair => pair.Second, pair => (string?)pair.First))]);
        Assert.Equal(ofRaw.Skip(1), ofProgram.Select(probability => probability.ToString(CultureInfo.InvariantCulture)));
    }

    /// <summary>A label that is none is named with its place.</summary>
    /// <returns>The task.</returns>
    [Fact]
    public async Task Convert_WrongLabel_IsBadData()
    {
        File.WriteAllText(_folder["raw.tsv"], Text(withLabel: true).Replace("1\t", "7\t", StringComparison.Ordinal));

        CommandLineResult result = await Cli.RunAsync("convert", _folder["raw.tsv"], "--output", _folder["data"]);

        Assert.Equal(3, result.ExitCode);
        Assert.Contains("raw.tsv", result.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["data"]));
    }

    private static string Text(bool withLabel)
    {
        StringBuilder text = new();
        for (int row = 0; row < Rows; row++)
        {
            List<string> fields = withLabel ? [row % 3 == 0 ? "1" : "0"] : [];
            fields.AddRange(Enumerable.Range(1, 13).Select(k => (row + k) % 7 == 0 ? string.Empty : ((row * k) % 50).ToString(CultureInfo.InvariantCulture)));
            fields.AddRange(Enumerable.Range(1, 26).Select(k => ((row * (k + 3)) % (k * 4)).ToString("x8", CultureInfo.InvariantCulture)));
            text.AppendJoin('\t', fields).Append('\n');
        }

        return text.ToString();
    }
}
