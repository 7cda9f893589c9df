namespace Dlrm.CommandLine.Experiments;

/// <summary>One row of the experiment "adtn": what the weights are rebuilt from.</summary>
internal sealed record AdtnVariant
{
    /// <summary>Gets the short name, also that of its runs.</summary>
    public required string Name { get; init; }

    /// <summary>Gets the name in tables.</summary>
    public required string Label { get; init; }

    /// <summary>Gets the kind of weight.</summary>
    public AdtnWeightKind Kind { get; init; }

    /// <summary>Gets M of an ADTN; the largest rank of a tensor train.</summary>
    public int Size { get; init; } = 1;

    /// <summary>Gets the entries up to which a weight stays dense; null: those of the plan.</summary>
    public long? CompressAbove { get; init; }

    /// <summary>Gets the learning rate of gates and cores in training on the task, of everything for dense weights; null: that of the plan.</summary>
    public double? LearningRate { get; init; }
}
