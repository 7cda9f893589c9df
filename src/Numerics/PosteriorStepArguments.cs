namespace Dlrm.Numerics;

/// <summary>The optimiser family whose metric the prior's pull uses.</summary>
public enum FactorOptimizer
{
    /// <summary>den = 1.</summary>
    Sgd,

    /// <summary>den = √Σg² + ε.</summary>
    Adagrad,

    /// <summary>den = √v̂ + ε.</summary>
    Adam,
}

/// <summary>The numbers of one posterior step.</summary>
public readonly record struct PosteriorStepArguments
{
    /// <summary>Gets the optimiser of μ.</summary>
    public required FactorOptimizer Optimizer { get; init; }

    /// <summary>Gets lr of μ.</summary>
    public required float LearningRate { get; init; }

    /// <summary>Gets lr of ρ (svi).</summary>
    public required float LogDeviationLearningRate { get; init; }

    /// <summary>Gets β1 of Adam.</summary>
    public required float Beta1 { get; init; }

    /// <summary>Gets β2 of Adam.</summary>
    public required float Beta2 { get; init; }

    /// <summary>Gets ε of Adam and Adagrad.</summary>
    public required float Epsilon { get; init; }

    /// <summary>Gets the step counter of the moments, from 1.</summary>
    public required long Step { get; init; }

    /// <summary>Gets w = β/N, the weight of the KL divergence in the mean loss.</summary>
    public required float KlWeight { get; init; }

    /// <summary>Gets what multiplies the gradient first (clipping).</summary>
    public required float GradientScale { get; init; }

    /// <summary>Gets B, for the Laplace variance of map.</summary>
    public required int BatchSize { get; init; }
}
