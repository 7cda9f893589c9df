using Dlrm.Metrics;
using Dlrm.Training;

namespace Dlrm.CommandLine.Runs;

/// <summary>What a run came to; stands as <c>result.json</c> in its folder.</summary>
internal sealed record RunResult
{
    /// <summary>Gets the SHA-256 of the options that the results depend on.</summary>
    public required string OptionsFingerprint { get; init; }

    /// <summary>Gets the identity of the dataset's columns.</summary>
    public required string DatasetFingerprint { get; init; }

    /// <summary>Gets the optimiser steps taken.</summary>
    public required long Steps { get; init; }

    /// <summary>Gets the samples read, over all epochs.</summary>
    public required long Samples { get; init; }

    /// <summary>Gets a value indicating whether validation stopped improving.</summary>
    public required bool StoppedEarly { get; init; }

    /// <summary>Gets the seconds of the last part of the run, evaluations included.</summary>
    public required double Seconds { get; init; }

    /// <summary>Gets the samples per second of training.</summary>
    public required double SamplesPerSecond { get; init; }

    /// <summary>Gets the share of training time in which it waited for data.</summary>
    public required double DataWaitShare { get; init; }

    /// <summary>Gets the share of training time in gauge moves and pruning.</summary>
    public required double RankShare { get; init; }

    /// <summary>Gets the number of workers.</summary>
    public int Workers { get; init; } = 1;

    /// <summary>Gets the share of training time in which worker 0 exchanged gradients and computed nothing.</summary>
    public double ExchangeShare { get; init; }

    /// <summary>Gets the bytes that worker 0 gives to the others in a step: gradients, and ids, rows and gradients of spread tables.</summary>
    public double ExchangeBytesPerStep { get; init; }

    /// <summary>Gets the bytes of the whole compact model, vocabulary not included.</summary>
    public required long ModelBytes { get; init; }

    /// <summary>Gets the bytes that a model with dense tables would have.</summary>
    public required long DenseModelBytes { get; init; }

    /// <summary>Gets the bytes of the vocabulary's file; 0 without one.</summary>
    public required long VocabularyBytes { get; init; }

    /// <summary>Gets the metrics on the validation split, or null without one.</summary>
    public required MetricsSummary? Valid { get; init; }

    /// <summary>Gets the metrics on the test split, or null without one.</summary>
    public required MetricsSummary? Test { get; init; }

    /// <summary>Gets the metrics of the mean prediction of posterior draws on the test split; null without one or without draws.</summary>
    public MetricsSummary? TestOfDraws { get; init; }

    /// <summary>Gets the reliability tables on the test split, by what made the prediction.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<ReliabilityBin>> Reliability { get; init; } = new Dictionary<string, IReadOnlyList<ReliabilityBin>>();

    /// <summary>Gets the tables.</summary>
    public required IReadOnlyList<TableReport> Tables { get; init; }

    /// <summary>Gets the root mean square of an entry by table or layer.</summary>
    public IReadOnlyDictionary<string, double> Energies { get; init; } = new Dictionary<string, double>();

    /// <summary>Gets the machine, the program's version and the device.</summary>
    public required string Machine { get; init; }
}
