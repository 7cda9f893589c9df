namespace Dlrm.Embeddings;

/// <summary>When alternating least squares ends.</summary>
public sealed record CpAlsOptions
{
    /// <summary>Gets the sweeps at most, for each rank.</summary>
    /// <value>The default is 50.</value>
    public int MostSweeps { get; init; } = 50;

    /// <summary>Gets the share of the squared error that a sweep must save to be followed by another.</summary>
    /// <value>The default is 0.0001.</value>
    public double LeastSaving { get; init; } = 1e-4;

    /// <summary>Gets the seed of components beyond the size of a mode.</summary>
    /// <value>The default is 20090906.</value>
    public int Seed { get; init; } = 20090906;
}
