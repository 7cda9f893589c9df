using System.Text.Json.Nodes;

namespace Dlrm.CommandLine.Experiments;

/// <summary>One of several generated datasets of an experiment.</summary>
internal sealed record ExperimentDataset
{
    /// <summary>Gets the short name, also that of its folder: "ranks-4".</summary>
    public required string Name { get; init; }

    /// <summary>Gets the name in tables: "all TT ranks 4".</summary>
    public required string Label { get; init; }

    /// <summary>Gets the generator's options that differ from those of the plan.</summary>
    public JsonObject Data { get; init; } = [];
}
