namespace Dlrm.CommandLine.Scaling;

/// <summary>What a plan for many workers is asked for; null where it is to be measured or taken by default.</summary>
internal sealed record ScalingSettings
{
    /// <summary>Gets the most workers.</summary>
    public required int MostWorkers { get; init; }

    /// <summary>Gets the time of an empty message.</summary>
    public required double? LatencySeconds { get; init; }

    /// <summary>Gets what a worker sends in a second.</summary>
    public required double? BytesPerSecond { get; init; }

    /// <summary>Gets the share of a sum's time in which a worker can compute.</summary>
    public required double? Overlap { get; init; }

    /// <summary>Gets the time of a step of one worker.</summary>
    public required double? StepSeconds { get; init; }

    /// <summary>Gets the time of a step of one worker with dense tables.</summary>
    public required double? DenseStepSeconds { get; init; }

    /// <summary>Gets the file of the plot.</summary>
    public required string? Output { get; init; }

    /// <summary>Gets the numbers of workers: powers of two, and the most.</summary>
    /// <returns>Upwards.</returns>
    internal IEnumerable<int> Workers()
    {
        for (int workers = 1; workers < MostWorkers; workers *= 2)
        {
            yield return workers;
        }

        yield return MostWorkers;
    }
}
