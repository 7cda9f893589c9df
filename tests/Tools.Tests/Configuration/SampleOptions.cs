namespace Dlrm.Tools.Tests.Configuration;

/// <summary>Options with every kind of field.</summary>
internal sealed record SampleOptions
{
    /// <summary>Gets a string.</summary>
    public string Name { get; init; } = "default";

    /// <summary>Gets a nested record.</summary>
    public InnerOptions Inner { get; init; } = new();

    /// <summary>Gets a list.</summary>
    public IReadOnlyList<int> List { get; init; } = [];

    /// <summary>Gets a map.</summary>
    public IReadOnlyDictionary<string, InnerOptions> Map { get; init; } = new Dictionary<string, InnerOptions>();
}
