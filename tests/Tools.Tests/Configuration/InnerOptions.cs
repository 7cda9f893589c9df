namespace Dlrm.Tools.Tests.Configuration;

/// <summary>A nested record.</summary>
internal sealed record InnerOptions
{
    /// <summary>Gets a whole number.</summary>
    public int Size { get; init; } = 1;

    /// <summary>Gets a number.</summary>
    public double LearningRate { get; init; } = 0.1;

    /// <summary>Gets a name.</summary>
    public SampleKind Kind { get; init; }
}
