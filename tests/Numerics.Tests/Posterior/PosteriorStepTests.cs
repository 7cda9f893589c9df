using Dlrm.Numerics.Kernels;
using Dlrm.TestSupport;

namespace Dlrm.Numerics.Tests.Posterior;

/// <summary>What every device's posterior step must fulfil.</summary>
public abstract class PosteriorStepTests
{
    /// <summary>Gets axes that are and are not periodic in a tile, and factors of one and more pieces.</summary>
    public static TheoryData<int, int, int, FactorOptimizer, bool> Cases
    {
        get
        {
            TheoryData<int, int, int, FactorOptimizer, bool> cases = [];
            (int Outer, int Size, int Inner)[] axes =
                [(1, 1, 1), (5, 3, 1), (7, 16, 1), (1, 7, 9), (4, 8, 4), (3, 13, 5), (1, 4, 3000), (5, 3, 1021), (2, 1500, 1), (3000, 16, 1), (1, 1, 40001)];
            foreach ((int outer, int size, int inner) in axes)
            {
                foreach (FactorOptimizer optimizer in Enum.GetValues<FactorOptimizer>())
                {
                    cases.Add(outer, size, inner, optimizer, true);
                    cases.Add(outer, size, inner, optimizer, false);
                }
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void PosteriorStep_AnyAxis_MatchesReferenceWithinErrorBound(int outer, int size, int inner, FactorOptimizer optimizer, bool isSvi)
    {
        using IDevice device = CreateDevice();
        using PosteriorCase factor = new(device, new RankAxis(outer, size, inner), optimizer, isSvi);
        PosteriorStepArguments arguments = PosteriorCase.Arguments(optimizer);

        double[] energies = factor.Step(in arguments);

        CheckStep(factor, in arguments, energies);
    }

    [Theory]
    [InlineData(FactorOptimizer.Sgd)]
    [InlineData(FactorOptimizer.Adagrad)]
    [InlineData(FactorOptimizer.Adam)]
    public void PosteriorStep_GradientOfLogDeviationGiven_IsUsed(FactorOptimizer optimizer)
    {
        using IDevice device = CreateDevice();
        using PosteriorCase factor = new(device, new RankAxis(9, 5, 3), optimizer, isSvi: true, hasLogDeviationGradient: true);
        PosteriorStepArguments arguments = PosteriorCase.Arguments(optimizer);

        double[] energies = factor.Step(in arguments);

        CheckStep(factor, in arguments, energies);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void PosteriorStep_NoKlWeight_TakesTheLikelihoodAlone(bool isSvi)
    {
        using IDevice device = CreateDevice();
        using PosteriorCase factor = new(device, new RankAxis(9, 5, 3), FactorOptimizer.Adam, isSvi);
        float[] before = factor.Factor.LogDeviation.ToArray();
        PosteriorStepArguments arguments = PosteriorCase.Arguments(FactorOptimizer.Adam, klWeight: 0f);

        double[] energies = factor.Step(in arguments);

        CheckStep(factor, in arguments, energies);
        Assert.Equal(!isSvi, before.AsSpan().SequenceEqual(factor.Factor.LogDeviation.ToArray()));
    }

    [Theory]
    [InlineData(FactorOptimizer.Sgd)]
    [InlineData(FactorOptimizer.Adagrad)]
    [InlineData(FactorOptimizer.Adam)]
    public void PosteriorStep_NothingPulls_KeepsTheMeansBits(FactorOptimizer optimizer)
    {
        using IDevice device = CreateDevice();
        using PosteriorCase factor = new(device, new RankAxis(9, 5, 3), optimizer, isSvi: false);
        factor.Factor.MeanGradient.Clear();
        factor.Factor.MeanFirstMoment?.Clear();
        factor.Factor.MeanSecondMoment?.Clear();
        float[] before = factor.Factor.Mean.ToArray();

        factor.Step(PosteriorCase.Arguments(optimizer, klWeight: 0f));

        Assert.Equal(before, factor.Factor.Mean.ToArray());
    }

    [Theory]
    [InlineData(1e6f, PosteriorConstants.MinLogDeviation)]
    [InlineData(-1e6f, PosteriorConstants.MaxLogDeviation)]
    public void PosteriorStep_HugeLogDeviationSteps_StayInRange(float gradient, float limit)
    {
        using IDevice device = CreateDevice();
        using PosteriorCase factor = new(device, new RankAxis(3, 4, 1), FactorOptimizer.Adam, isSvi: true, hasLogDeviationGradient: true);
        factor.Factor.LogDeviationGradient!.CopyFrom(Enumerable.Repeat(gradient, 12).ToArray());
        PosteriorStepArguments arguments = PosteriorCase.Arguments(FactorOptimizer.Adam) with { LogDeviationLearningRate = 100f };

        double[] energies = factor.Step(in arguments);

        Assert.All(factor.Factor.LogDeviation.ToArray()[..12], rho => Assert.Equal(limit, rho));
        Assert.All(energies, energy => Assert.True(double.IsFinite(energy)));
    }

    [Fact]
    public void PosteriorStep_NaNGradient_IsNotHidden()
    {
        using IDevice device = CreateDevice();
        using PosteriorCase factor = new(device, new RankAxis(3, 4, 1), FactorOptimizer.Adam, isSvi: true);
        factor.Factor.MeanGradient.CopyFrom([float.NaN], 5);

        double[] energies = factor.Step(PosteriorCase.Arguments(FactorOptimizer.Adam));

        Assert.True(float.IsNaN(factor.Factor.Mean.ToArray()[5]));
        Assert.True(float.IsNaN(factor.Factor.LogDeviation.ToArray()[5]));
        Assert.Equal([false, true, false, false], energies.Select(double.IsNaN));
    }

    [Fact]
    public void PosteriorStep_SecondCallOfTheSameSize_AllocatesNothing()
    {
        using IDevice device = CreateDevice();
        using PosteriorCase factor = new(device, new RankAxis(3000, 16, 1), FactorOptimizer.Adam, isSvi: true);
        double[] energies = new double[16];
        PosteriorStepArguments arguments = PosteriorCase.Arguments(FactorOptimizer.Adam);
        device.PosteriorStep(factor.Factor, factor.Axis, factor.RankParameters, in arguments, energies);
        device.PosteriorStep(factor.Factor, factor.Axis, factor.RankParameters, in arguments, energies);

        long least = Allocations.Least(() => device.PosteriorStep(factor.Factor, factor.Axis, factor.RankParameters, in arguments, energies));

        Assert.Equal(0, least);
    }

    /// <summary>KL(q‖p) = Σ ½[(μ²+σ²)/λ − 1 − ln(σ²/λ)], differentiated numerically, is what the step adds.</summary>
    [Fact]
    public void PosteriorStep_NoLikelihood_FollowsCentralDifferencesOfTheKlDivergence()
    {
        const double Difference = 1e-4;
        using IDevice device = CreateDevice();
        using PosteriorCase factor = new(device, new RankAxis(4, 3, 2), FactorOptimizer.Sgd, isSvi: true);
        factor.Factor.MeanGradient.Clear();
        factor.Factor.LogDeviationFirstMoment!.Clear();
        PosteriorStepArguments arguments = PosteriorCase.Arguments(FactorOptimizer.Sgd, klWeight: 0.25f) with { LearningRate = 0.5f };

        factor.Step(in arguments);

        float[] mean = factor.Factor.Mean.ToArray();
        float[] first = factor.Factor.LogDeviationFirstMoment.ToArray();
        for (int i = 0; i < factor.Entries.Length; i++)
        {
            PosteriorEntry entry = factor.Entries[i];
            double lambda = factor.RankParameterValues[factor.Component(i)];
            double meanSlope = (Kl(mean[i] + Difference, entry.LogDeviation, lambda) - Kl(mean[i] - Difference, entry.LogDeviation, lambda)) / (2 * Difference);
            double rhoSlope = (Kl(entry.Mean, entry.LogDeviation + Difference, lambda) - Kl(entry.Mean, entry.LogDeviation - Difference, lambda)) / (2 * Difference);

            // The pull is implicit: the step ends where it equals the slope. Difference² · third derivative / 6 ≈ 1e-7, rounding 1e-7.
            RoundingBound.Check(0.25 * meanSlope, (entry.Mean - mean[i]) / 0.5, 2e-6, $"μ[{i}]");
            RoundingBound.Check(0.25 * rhoSlope, first[i] / (1 - 0.9f), 2e-6, $"ρ[{i}]");
        }

        static double Kl(double mu, double rho, double lambda) => 0.5 * ((((mu * mu) + Math.Exp(2 * rho)) / lambda) - 1 - (2 * rho) + Math.Log(lambda));
    }

    /// <summary>Likelihood E_q ½a(Φ−t)²: the minimiser of likelihood + w·KL is μ = a·t / (a + w/λ), σ² = w / (a + w/λ).</summary>
    [Theory]
    [InlineData(FactorOptimizer.Sgd, true)]
    [InlineData(FactorOptimizer.Adagrad, true)]
    [InlineData(FactorOptimizer.Adam, true)]
    [InlineData(FactorOptimizer.Sgd, false)]
    [InlineData(FactorOptimizer.Adagrad, false)]
    [InlineData(FactorOptimizer.Adam, false)]
    public void PosteriorStep_QuadraticLikelihood_EndsAtItsMinimiser(FactorOptimizer optimizer, bool isSvi)
    {
        const double Curvature = 0.8;
        const double Target = 1.5;
        const float Weight = 0.3f;
        using IDevice device = CreateDevice();
        using PosteriorCase factor = new(device, new RankAxis(2, 3, 3), optimizer, isSvi, hasLogDeviationGradient: isSvi);
        factor.Factor.MeanFirstMoment?.Clear();
        factor.Factor.MeanSecondMoment?.Clear();
        factor.Factor.LogDeviationFirstMoment?.Clear();
        factor.Factor.LogDeviationSecondMoment?.Clear();
        float[] gradient = new float[factor.Entries.Length];
        for (int step = 1; step <= 3000; step++)
        {
            float[] mean = factor.Factor.Mean.ToArray();
            float[] rho = factor.Factor.LogDeviation.ToArray();
            factor.Factor.MeanGradient.CopyFrom([.. gradient.Select((_, i) => (float)(Curvature * (mean[i] - Target)))]);
            factor.Factor.LogDeviationGradient?.CopyFrom([.. gradient.Select((_, i) => (float)(Curvature * Math.Exp(2 * rho[i])))]);
            float decay = 1f / (1f + (step / 100f));
            factor.Step(PosteriorCase.Arguments(optimizer, Weight) with
            {
                Step = step,
                GradientScale = 1f,
                LearningRate = optimizer == FactorOptimizer.Adagrad ? 0.5f : 0.1f * decay,
                LogDeviationLearningRate = 0.1f * decay,
            });
        }

        float[] means = factor.Factor.Mean.ToArray();
        float[] deviations = factor.Factor.LogDeviation.ToArray();
        for (int i = 0; i < factor.Entries.Length; i++)
        {
            double stiffness = Curvature + (Weight / factor.RankParameterValues[factor.Component(i)]);
            Assert.Equal(Curvature * Target / stiffness, means[i], 1e-3);
            if (isSvi)
            {
                Assert.Equal(0.5 * Math.Log(Weight / stiffness), deviations[i], 1e-3);
            }
        }
    }

    /// <summary>Makes the device under test.</summary>
    protected abstract IDevice CreateDevice();

    private static void CheckStep(PosteriorCase factor, in PosteriorStepArguments arguments, double[] energies)
    {
        float[] mean = factor.Factor.Mean.ToArray();
        float[] rho = factor.Factor.LogDeviation.ToArray();
        double[] expectedEnergies = new double[energies.Length];
        for (int i = 0; i < factor.Entries.Length; i++)
        {
            PosteriorEntry before = factor.Entries[i];
            PosteriorEntry after = before;
            double lambda = factor.RankParameterValues[factor.Component(i)];
            PosteriorKernels.Reference(ref after, lambda, factor.IsSvi, in arguments);
            (double meanBound, double rhoBound) = Bounds(in before, in after, lambda, in arguments);

            RoundingBound.Check(after.Mean, mean[i], meanBound, $"μ[{i}]");
            RoundingBound.Check(after.LogDeviation, rho[i], rhoBound, $"ρ[{i}]");
            CheckState(factor.Factor.MeanFirstMoment, i, after.MeanFirst, 3);
            CheckState(factor.Factor.MeanSecondMoment, i, after.MeanSecond, 3);
            CheckState(factor.Factor.LogDeviationFirstMoment, i, after.DeviationFirst, 3 + (arguments.KlWeight * Math.Exp(2 * before.LogDeviation) / lambda));
            CheckState(factor.Factor.LogDeviationSecondMoment, i, after.DeviationSecond, 10 + after.DeviationSecond);
            expectedEnergies[factor.Component(i)] += ((double)mean[i] * mean[i]) + Math.Exp(2.0 * rho[i]);
        }

        for (int component = 0; component < energies.Length; component++)
        {
            // Sums are in double; σ² of an entry is exp in single precision (2 ulp).
            RoundingBound.Check(expectedEnergies[component], energies[component], RoundingBound.Gamma(5) * expectedEnergies[component], $"energy {component}");
        }

        Assert.All(mean[factor.Entries.Length..], value => Assert.Equal(PosteriorCase.Guard, value));
        Assert.All(rho[factor.Entries.Length..], value => Assert.Equal(PosteriorCase.Guard, value));
    }

    /// <summary>States are sums of terms of about 1: ten roundings of <paramref name="size"/>.</summary>
    private static void CheckState(DeviceBuffer<float>? state, int i, double expected, double size)
    {
        if (state is not null)
        {
            Span<float> value = stackalloc float[1];
            state.CopyTo(value, i);
            RoundingBound.Check(expected, value[0], RoundingBound.Gamma(10) * size, $"state of entry {i}");
        }
    }

    /// <summary>Counts roundings: about 15 of each moved distance, whose size is taken without cancellation, and one of the sum.</summary>
    private static (double Mean, double Rho) Bounds(in PosteriorEntry before, in PosteriorEntry after, double lambda, in PosteriorStepArguments arguments)
    {
        double g = Math.Abs(before.MeanGradient * arguments.GradientScale);
        double firstCorrection = 1 / (1 - Math.Pow(arguments.Beta1, arguments.Step));
        double numerator = arguments.Optimizer == FactorOptimizer.Adam ? firstCorrection * (Math.Abs(before.MeanFirst) + g) : g;
        double denominator = arguments.Optimizer == FactorOptimizer.Sgd ? 1 : Math.Sqrt(before.MeanSecond * 0.9);
        double moved = arguments.LearningRate * numerator / denominator;
        double mean = RoundingBound.Gamma(20) * (Math.Abs(before.Mean) + moved);
        double likelihood = before.LogDeviationGradient is double given ? Math.Abs(given) : g * (Math.Abs(before.Draw) + Math.Abs(before.Mean));
        double slope = likelihood + (arguments.KlWeight * ((Math.Exp(2 * before.LogDeviation) / lambda) + 1));
        double rhoDenominator = Math.Sqrt(before.DeviationSecond * 0.9);
        double rhoMoved = arguments.LogDeviationLearningRate * firstCorrection * (Math.Abs(before.DeviationFirst) + slope)
            / rhoDenominator * (1 + (slope * slope / before.DeviationSecond));
        double size = Math.Max(1, Math.Max(Math.Abs(before.LogDeviation), Math.Abs(after.LogDeviation)));
        return (mean, RoundingBound.Gamma(20) * (size + rhoMoved));
    }
}
