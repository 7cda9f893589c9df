namespace Dlrm.Bench.Scaling;

/// <summary>One table and one kind of batch that is timed.</summary>
internal sealed record ScalingPoint
{
    /// <summary>The columns of every table.</summary>
    internal const int EmbeddingDim = 16;

    /// <summary>Gets the value that a sweep varies, as it is written.</summary>
    internal required string Label { get; init; }

    /// <summary>Gets the value's place on an axis.</summary>
    internal required double Value { get; init; }

    /// <summary>Gets the rows of the table; at first those of Criteo's largest.</summary>
    internal long Rows { get; init; } = 10_131_227;

    /// <summary>Gets the TT rank of every bond.</summary>
    internal int BondRank { get; init; } = 16;

    /// <summary>Gets the number of cores.</summary>
    internal int Order { get; init; } = 3;

    /// <summary>Gets the ids of a batch.</summary>
    internal int Batch { get; init; } = 8192;

    /// <summary>Gets the share of a batch's ids that are distinct; 0: uniform draws, as they come.</summary>
    internal double DistinctShare { get; init; }
}
