using Dlrm.Training;

namespace Dlrm.Tests.Training;

public sealed class LearningRateScheduleTests
{
    /// <summary>Gets decay, its start, the final factor, the step of 100, and the factor by hand.</summary>
    public static TheoryData<LearningRateDecay, double, double, long, double> Cases => new()
    {
        { LearningRateDecay.None, 0, 0, 100, 1 },
        { LearningRateDecay.Linear, 0, 0, 25, 0.75 },
        { LearningRateDecay.Linear, 0.5, 0.2, 50, 1 },
        { LearningRateDecay.Linear, 0.5, 0.2, 75, 0.6 },
        { LearningRateDecay.Linear, 0.5, 0.2, 100, 0.2 },
        { LearningRateDecay.Linear, 0.5, 0.2, 130, 0.2 },
        { LearningRateDecay.Polynomial, 0, 0, 50, 0.25 },
        { LearningRateDecay.Polynomial, 0, 0.1, 50, 0.325 },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Factor_AnyDecay_IsTheFormula(LearningRateDecay decay, double start, double final, long step, double expected)
    {
        TrainingOptions options = new() { Decay = decay, DecayStart = start, FinalLearningRateFactor = final };
        Assert.Equal(expected, LearningRateSchedule.Factor(options, step, 100), 1e-7);
    }

    [Theory]
    [InlineData(1, 0.1)]
    [InlineData(5, 0.5)]
    [InlineData(10, 1)]
    [InlineData(50, 1)]
    public void Factor_Warmup_RisesLinearly(long step, double expected) =>
        Assert.Equal(expected, LearningRateSchedule.Factor(new TrainingOptions { WarmupSteps = 10 }, step, 100), 1e-7);
}
