namespace Dlrm.CommandLine.Bench;

/// <summary>What training for some steps came to.</summary>
internal sealed record StepResult
{
    /// <summary>Gets the device's description.</summary>
    public required string Device { get; init; }

    /// <summary>Gets where batches came from.</summary>
    public required string Data { get; init; }

    /// <summary>Gets the samples of a batch.</summary>
    public required int BatchSize { get; init; }

    /// <summary>Gets the measured steps.</summary>
    public required int Steps { get; init; }

    /// <summary>Gets the median time of a step.</summary>
    public required double MedianMilliseconds { get; init; }

    /// <summary>Gets the samples of all steps over their time.</summary>
    public required double SamplesPerSecond { get; init; }

    /// <summary>Gets the share of the time in which training waited for data.</summary>
    public required double DataWaitShare { get; init; }

    /// <summary>Gets the operators, the longest first.</summary>
    public required IReadOnlyList<StepOperator> Operators { get; init; }

    /// <summary>Gets the bytes of the compact model.</summary>
    public required long StoredBytes { get; init; }

    /// <summary>Gets the most memory that this process held until then.</summary>
    public required long PeakBytes { get; init; }

    /// <summary>Gets the share of the time outside operators: drawing λ, metrics, the trainer itself.</summary>
    public double OutsideShare => Math.Max(0, 1 - DataWaitShare - Operators.Sum(part => part.Share));
}
