namespace Dlrm;

/// <summary>How the learning rate falls, over the fraction u of the run since <see cref="TrainingOptions.DecayStart"/>.</summary>
public enum LearningRateDecay
{
    /// <summary>It stays.</summary>
    None,

    /// <summary>factor = 1 − (1 − final)·u.</summary>
    Linear,

    /// <summary>factor = final + (1 − final)·(1 − u)².</summary>
    Polynomial,
}
