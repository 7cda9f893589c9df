namespace Dlrm.Training;

/// <summary>What multiplies every learning rate at a step of the planned run.</summary>
/// <remarks>
/// <code>
/// warm-up   step / WarmupSteps, up to 1
/// decay     u = (step/T − DecayStart) / (1 − DecayStart), in [0, 1];  see LearningRateDecay
/// factor = warm-up · decay
/// </code>
/// </remarks>
public static class LearningRateSchedule
{
    /// <summary>Computes the factor.</summary>
    /// <param name="options">The schedule.</param>
    /// <param name="step">The step, from 1.</param>
    /// <param name="steps">T, the planned steps of the run.</param>
    /// <returns>The factor in [0, 1].</returns>
    public static float Factor(TrainingOptions options, long step, long steps)
    {
        ArgumentNullException.ThrowIfNull(options);
        double warmup = options.WarmupSteps > 0 ? Math.Min(1, (double)step / options.WarmupSteps) : 1;
        return (float)(warmup * Decay(options.Decay, options.DecayStart, options.FinalLearningRateFactor, step, steps));
    }

    /// <summary>Computes the factor of a classifier's run.</summary>
    /// <param name="options">The schedule.</param>
    /// <param name="step">The step, from 1.</param>
    /// <param name="steps">T, the planned steps of the run.</param>
    /// <returns>The factor in [0, 1].</returns>
    public static float Factor(ClassifierOptions options, long step, long steps)
    {
        ArgumentNullException.ThrowIfNull(options);
        return (float)Decay(options.Decay, options.DecayStart, options.FinalLearningRateFactor, step, steps);
    }

    private static double Decay(LearningRateDecay kind, double start, double final, long step, long steps)
    {
        double position = (double)step / Math.Max(steps, 1);
        double u = Math.Clamp((position - start) / (1 - start), 0, 1);
        return kind switch
        {
            LearningRateDecay.Linear => 1 - ((1 - final) * u),
            LearningRateDecay.Polynomial => final + ((1 - final) * (1 - u) * (1 - u)),
            _ => 1,
        };
    }
}
