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

    /// <summary>Gets the whole-model bytes that this one may have: <c>model.tables.storedRows</c> is as large as they allow; 0: as the options say.</summary>
    public long Bytes { get; init; }

    /// <summary>Gets the series of the picture that it is a dot of, with a colour and an entry in the legend; empty: a dot of its own with its label.</summary>
    public string Series { get; init; } = string.Empty;

    /// <summary>Gets the text beside its dot in a series; a series without any is joined by a line.</summary>
    public string ShortLabel { get; init; } = string.Empty;
}
