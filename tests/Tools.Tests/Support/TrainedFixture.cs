using System.Text.Json.Nodes;

namespace Dlrm.Tools.Tests.Support;

/// <summary>A generated dataset of 2,000 rows and a model trained on it, made once by the program itself.</summary>
public sealed class TrainedFixture : IAsyncLifetime, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    /// <summary>Gets the dataset.</summary>
    public string Data => _folder["data"];

    /// <summary>Gets the run folder.</summary>
    public string Run => _folder["run"];

    /// <summary>Gets what <c>generate --json</c> printed.</summary>
    public JsonObject Generated { get; private set; } = [];

    /// <summary>Gets what <c>train --json</c> printed.</summary>
    public JsonObject Trained { get; private set; } = [];

    /// <summary>Gets the flags of a small model with a compressed table.</summary>
    internal static string[] SmallModel =>
    [
        "--tables", "lowRank", "--set", "model.tables.compressAbove=5000", "--set", "model.tables.startRank=3", "--set", "training.factorOptimizer.learningRate=0.05",
        "--set", "model.tables.initialEntryDeviation=0.1", "--batch-size", "64", "--threads", "2",
    ];

    /// <inheritdoc/>
    public async Task InitializeAsync()
    {
        Generated = (await Cli.RunAsync("generate", "--output", Data, "--rows", "2000", "--json")).Succeeded().Json;
        Trained = (await Cli.RunAsync(["train", Data, "--output", Run, .. SmallModel, "--json"])).Succeeded().Json;
    }

    /// <inheritdoc/>
    public Task DisposeAsync() => Task.CompletedTask;

    /// <inheritdoc/>
    public void Dispose() => _folder.Dispose();
}
