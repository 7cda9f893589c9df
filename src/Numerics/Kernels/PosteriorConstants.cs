namespace Dlrm.Numerics.Kernels;

/// <summary>The numbers of a posterior step as the kernel uses them.</summary>
internal readonly struct PosteriorConstants
{
    /// <summary>The smallest ρ: σ = 2e-9, far below what a weight of a model can feel.</summary>
    internal const float MinLogDeviation = -20f;

    /// <summary>The largest ρ: σ = 148, far above any prior in use; σ² stays finite.</summary>
    internal const float MaxLogDeviation = 5f;

    /// <summary>Initializes a new instance of the <see cref="PosteriorConstants"/> struct.</summary>
    /// <param name="arguments">The step's numbers.</param>
    internal PosteriorConstants(in PosteriorStepArguments arguments)
    {
        Optimizer = arguments.Optimizer;
        LearningRate = arguments.LearningRate;
        LogDeviationLearningRate = arguments.LogDeviationLearningRate;
        Beta1 = arguments.Beta1;
        Beta2 = arguments.Beta2;
        Epsilon = arguments.Epsilon;
        KlWeight = arguments.KlWeight;
        GradientScale = arguments.GradientScale;
        BatchSize = arguments.BatchSize;
        FirstCorrection = AdamRule.Correction(arguments.Beta1, arguments.Step);
        LogDeviationSecondCorrection = AdamRule.Correction(arguments.Beta2, arguments.Step);
        SecondCorrection = arguments.Optimizer == FactorOptimizer.Adagrad
            ? (float)(1.0 / arguments.Step)
            : AdamRule.Correction(arguments.Beta2, arguments.Step);
    }

    /// <summary>Gets the optimiser of μ.</summary>
    internal FactorOptimizer Optimizer { get; }

    /// <summary>Gets lr.</summary>
    internal float LearningRate { get; }

    /// <summary>Gets lrρ.</summary>
    internal float LogDeviationLearningRate { get; }

    /// <summary>Gets β1.</summary>
    internal float Beta1 { get; }

    /// <summary>Gets β2.</summary>
    internal float Beta2 { get; }

    /// <summary>Gets ε.</summary>
    internal float Epsilon { get; }

    /// <summary>Gets w.</summary>
    internal float KlWeight { get; }

    /// <summary>Gets what multiplies the gradient first.</summary>
    internal float GradientScale { get; }

    /// <summary>Gets B.</summary>
    internal float BatchSize { get; }

    /// <summary>Gets 1 / (1 − β1^t) of m of μ and of ρ.</summary>
    internal float FirstCorrection { get; }

    /// <summary>Gets 1 / (1 − β2^t) of v of ρ.</summary>
    internal float LogDeviationSecondCorrection { get; }

    /// <summary>Gets what makes v̂ of v: 1 / (1 − β2^t) for Adam, 1 / t for Adagrad.</summary>
    internal float SecondCorrection { get; }
}
