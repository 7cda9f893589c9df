using System.Text.Json;
using System.Text.Json.Serialization;
using Dlrm.Embeddings;
using Dlrm.Numerics;

namespace Dlrm.CommandLine.Configuration;

/// <summary>Everything that <c>dlrm.json</c> can say: data, model, training, rank prior, output.</summary>
internal sealed record RunOptions
{
    /// <summary>Gets where the data are and how they are read.</summary>
    public DataOptions Data { get; init; } = new();

    /// <summary>Gets the model's sizes and the storage of its tables.</summary>
    public ModelOptions Model { get; init; } = new();

    /// <summary>Gets how the model is trained.</summary>
    public TrainingOptions Training { get; init; } = new();

    /// <summary>Gets how the TT ranks are inferred.</summary>
    public RankPriorOptions RankPrior { get; init; } = new();

    /// <summary>Gets how the workers of one job share the model.</summary>
    public DistributedOptions Distributed { get; init; } = new();

    /// <summary>Gets what a run leaves behind.</summary>
    public OutputOptions Output { get; init; } = new();

    /// <summary>Gets the part that the libraries know.</summary>
    [JsonIgnore]
    internal DlrmOptions Dlrm => new() { Model = Model, Training = Training, RankPrior = RankPrior, Distributed = Distributed };

    /// <summary>Gives the JSON text as it stands in the run folder.</summary>
    /// <returns>The text.</returns>
    public string ToJson() => JsonSerializer.Serialize(this, OptionsJson.Indented) + "\n";

    /// <summary>Gives the JSON text of what results depend on: without places, threads and how often something is told or saved.</summary>
    /// <returns>The text.</returns>
    public string ResultKey()
    {
        TrainingOptions training = new();
        RunOptions key = this with
        {
            Data = new DataOptions { ShuffleWindow = Data.ShuffleWindow, OutOfRangeIds = Data.OutOfRangeIds },
            Training = Training with { Threads = training.Threads, ReportEvery = training.ReportEvery, CheckpointEvery = training.CheckpointEvery },
            Output = new OutputOptions(),
        };
        return JsonSerializer.Serialize(key, OptionsJson.Line);
    }

    /// <summary>Checks every field.</summary>
    /// <exception cref="OptionsException">Lists every field that is out of range, with its value and its range.</exception>
    public void Validate()
    {
        string[] problems = [.. Data.Problems("data"), .. Dlrm.Problems(), .. Output.Problems("output")];
        if (problems.Length > 0)
        {
            throw new OptionsException(problems);
        }
    }
}
