namespace Dlrm.Planning;

/// <summary>What training is predicted to come to with a number of workers.</summary>
public sealed record ScalingPoint
{
    /// <summary>Gets W.</summary>
    public required int Workers { get; init; }

    /// <summary>Gets the time of a step.</summary>
    public required double StepSeconds { get; init; }

    /// <summary>Gets the time of a step when nothing is hidden behind the backward pass.</summary>
    public required double UnhiddenStepSeconds { get; init; }

    /// <summary>Gets the part of a step in which sums of gradients are waited for.</summary>
    public required double SumSeconds { get; init; }

    /// <summary>Gets the part of a step in which touched rows of replicated tables are collected.</summary>
    public required double GatherSeconds { get; init; }

    /// <summary>Gets the part of a step in which ids, rows and gradients of spread tables are exchanged.</summary>
    public required double AllToAllSeconds { get; init; }

    /// <summary>Gets the part of a step in which the workers agree: on the batch, its counts and the loss.</summary>
    public required double AgreementSeconds { get; init; }

    /// <summary>Gets the part of a step in which a worker copies what it sends and adds what it gets.</summary>
    public required double PackingSeconds { get; init; }

    /// <summary>Gets the samples of all workers in a second.</summary>
    public required double SamplesPerSecond { get; init; }

    /// <summary>Gets the samples in a second over those of so many workers alone.</summary>
    public required double Efficiency { get; init; }

    /// <summary>Gets the bytes that one worker gives to the others in a step: what training reports.</summary>
    public required double BytesPerStep { get; init; }

    /// <summary>Gets the bytes of <see cref="BytesPerStep"/> that belong to spread tables.</summary>
    public required double AllToAllBytesPerStep { get; init; }

    /// <summary>Gets what each worker holds.</summary>
    public required WorkerMemory Memory { get; init; }
}
