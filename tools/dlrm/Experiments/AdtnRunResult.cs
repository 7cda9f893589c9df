namespace Dlrm.CommandLine.Experiments;

/// <summary>What one seed of one row of the experiment "adtn" came to; stands as <c>VARIANT-SEED.json</c>.</summary>
internal sealed record AdtnRunResult
{
    /// <summary>Gets the SHA-256 of what the results depend on: options and images.</summary>
    public required string Fingerprint { get; init; }

    /// <summary>Gets the numbers of the dense weights that were replaced.</summary>
    public required long DenseElements { get; init; }

    /// <summary>Gets the numbers that they are rebuilt from.</summary>
    public required long CompressedElements { get; init; }

    /// <summary>Gets the numbers that the whole model stores.</summary>
    public required long StoredElements { get; init; }

    /// <summary>Gets Σ‖Ŵ − W‖² / Σ‖W‖² over the replaced weights after the fit; NaN for random numbers.</summary>
    public required double Distance { get; init; }

    /// <summary>Gets a distance below which no weight of this kind and size comes; NaN when no bound is known.</summary>
    public required double LeastDistance { get; init; }

    /// <summary>Gets the test accuracy of the dense model.</summary>
    public required double DenseAccuracy { get; init; }

    /// <summary>Gets the test accuracy after the fit, without training on the task.</summary>
    public required double FittedAccuracy { get; init; }

    /// <summary>Gets the test accuracy after training the numbers behind the weights, everything else frozen; NaN for random numbers.</summary>
    public required double FrozenAccuracy { get; init; }

    /// <summary>Gets the test accuracy after training everything.</summary>
    public required double TrainedAccuracy { get; init; }

    /// <summary>Gets the seconds of the fit.</summary>
    public required double FitSeconds { get; init; }

    /// <summary>Gets the seconds of training everything.</summary>
    public required double TrainingSeconds { get; init; }

    /// <summary>Gets the machine, the program's version and the device.</summary>
    public required string Machine { get; init; }
}
