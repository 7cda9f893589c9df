using System.Text.Json.Nodes;

namespace Dlrm.CommandLine.Experiments;

/// <summary>An experiment as data: one dataset, several generated ones or labelled images, variants of one configuration, seeds; or other plans, one after another.</summary>
internal sealed record ExperimentPlan
{
    /// <summary>Gets the heading of the results.</summary>
    public required string Title { get; init; }

    /// <summary>Gets what is compared and why, in a paragraph.</summary>
    public string About { get; init; } = string.Empty;

    /// <summary>Gets the plans that run one after another into one page, by name or as files; such a plan has nothing else but title and paragraph.</summary>
    public IReadOnlyList<string> Plans { get; init; } = [];

    /// <summary>Gets the raw files below the folder of shared data; empty for generated data.</summary>
    public IReadOnlyList<string> Inputs { get; init; } = [];

    /// <summary>Gets the folder of labelled images in the form of MNIST below the folder of shared data: the variants are then fully connected classifiers. Empty: they are DLRMs.</summary>
    public string Images { get; init; } = string.Empty;

    /// <summary>Gets options of the converter (with <see cref="Inputs"/>) or the generator.</summary>
    public JsonObject Data { get; init; } = [];

    /// <summary>Gets the generator's preset; only without <see cref="Inputs"/>.</summary>
    public string GeneratorPreset { get; init; } = "quickstart";

    /// <summary>Gets the generated datasets, on each of which every variant runs; empty: the one that the plan says. Only without <see cref="Inputs"/>.</summary>
    public IReadOnlyList<ExperimentDataset> Datasets { get; init; } = [];

    /// <summary>Gets the options that all variants share.</summary>
    public JsonObject Options { get; init; } = [];

    /// <summary>Gets the seeds.</summary>
    public IReadOnlyList<ulong> Seeds { get; init; } = [1, 2, 3];

    /// <summary>Gets the variants, in the order of the table; the first is what the others are compared with.</summary>
    public required IReadOnlyList<ExperimentVariant> Variants { get; init; }
}
