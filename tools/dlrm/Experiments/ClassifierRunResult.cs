namespace Dlrm.CommandLine.Experiments;

/// <summary>What one run of a classifier came to; stands as <c>result.json</c> in its folder.</summary>
internal sealed record ClassifierRunResult
{
    /// <summary>Gets the SHA-256 of what the results depend on: options and images.</summary>
    public required string Fingerprint { get; init; }

    /// <summary>Gets the training images.</summary>
    public required int TrainingImages { get; init; }

    /// <summary>Gets the test images.</summary>
    public required int TestImages { get; init; }

    /// <summary>Gets the optimiser steps taken.</summary>
    public required long Steps { get; init; }

    /// <summary>Gets the numbers that the model stores.</summary>
    public required long StoredElements { get; init; }

    /// <summary>Gets the seconds of training, without the test.</summary>
    public required double Seconds { get; init; }

    /// <summary>Gets the mean loss of the fixed training sample at the end, in nats.</summary>
    public required double FitLoss { get; init; }

    /// <summary>Gets the mean loss of the test images, in nats.</summary>
    public required double TestLoss { get; init; }

    /// <summary>Gets the share of test images classified right.</summary>
    public required double TestAccuracy { get; init; }

    /// <summary>Gets the machine, the program's version and the device.</summary>
    public required string Machine { get; init; }
}
