using System.Text.Json.Nodes;

namespace Dlrm.CommandLine.Experiments;

/// <summary>One row of an experiment's table.</summary>
internal sealed record ExperimentVariant
{
    /// <summary>Gets the short name, also that of its run folders: "ttm".</summary>
    public required string Name { get; init; }

    /// <summary>Gets the name in tables: "Bayesian TT-matrix".</summary>
    public required string Label { get; init; }

    /// <summary>Gets the options that differ from the shared ones.</summary>
    public JsonObject Options { get; init; } = [];

    /// <summary>Gets the variant whose mean whole-model bytes this one must have: <c>model.tables.storedRows</c> is set so; empty: as the options say.</summary>
    public string BytesOf { get; init; } = string.Empty;
}
