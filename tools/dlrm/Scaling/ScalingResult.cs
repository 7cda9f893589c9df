using Dlrm.Planning;

namespace Dlrm.CommandLine.Scaling;

/// <summary>What a plan for many workers came to.</summary>
internal sealed record ScalingResult
{
    /// <summary>Gets the samples of each worker in a step.</summary>
    public required int LocalBatch { get; init; }

    /// <summary>Gets the threads of each worker.</summary>
    public required int Threads { get; init; }

    /// <summary>Gets the network.</summary>
    public required NetworkRates Network { get; init; }

    /// <summary>Gets the workers between which the network was measured; 0 when it was given.</summary>
    public required int MeasuredWorkers { get; init; }

    /// <summary>Gets the share of a sum's time in which a worker can compute.</summary>
    public required double Overlap { get; init; }

    /// <summary>Gets the bytes that a worker copies in a second, read and written.</summary>
    public required double CopyBytesPerSecond { get; init; }

    /// <summary>Gets where the times of a step are from.</summary>
    public required string Steps { get; init; }

    /// <summary>Gets where the numbers of distinct ids are from.</summary>
    public required string Ids { get; init; }

    /// <summary>Gets the distinct ids of a local batch over all tables, and the ids.</summary>
    public required double DistinctIds { get; init; }

    /// <summary>Gets the designs: as the options say, and with dense tables over the workers.</summary>
    public required IReadOnlyList<ScalingDesign> Designs { get; init; }
}
