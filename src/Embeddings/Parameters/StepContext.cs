namespace Dlrm.Embeddings;

/// <summary>The numbers of one optimiser step that all parameters share.</summary>
public readonly record struct StepContext
{
    /// <summary>Gets the step, from 1.</summary>
    public required long Step { get; init; }

    /// <summary>Gets what multiplies every parameter's own learning rate (warm-up and decay).</summary>
    public required float LearningRateFactor { get; init; }

    /// <summary>Gets what multiplies gradients first (clipping, division by the world size).</summary>
    public required float GradientScale { get; init; }

    /// <summary>Gets β/N, the weight of the KL divergence in the mean loss; 0 switches the prior off.</summary>
    public required double KlWeight { get; init; }

    /// <summary>Gets B, the samples of the global batch.</summary>
    public required int BatchSize { get; init; }
}
