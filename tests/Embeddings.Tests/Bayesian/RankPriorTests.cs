namespace Dlrm.Embeddings.Tests.Bayesian;

public sealed class RankPriorTests
{
    public static TheoryData<RankPriorKind, double, double, double> Cases()
    {
        TheoryData<RankPriorKind, double, double, double> cases = new();
        foreach (RankPriorKind kind in Enum.GetValues<RankPriorKind>())
        {
            foreach (double energy in new[] { 1e-6, 1e-3, 1, 250, 1e5 })
            {
                foreach (double entries in new double[] { 1, 16, 4000, 200_000 })
                {
                    foreach (double scale in new[] { 0.01, 0.1, 3 })
                    {
                        cases.Add(kind, energy, entries, scale);
                    }
                }
            }
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Minimizer_AnyEnergy_AgreesWithNumericalMinimiser(RankPriorKind kind, double energy, double entries, double scale)
    {
        double expected = NumericalMinimizer(kind, energy, entries, scale);

        double actual = RankPrior.Minimizer(kind, energy, entries, scale);

        Assert.True(Math.Abs(actual - expected) <= 1e-6 * expected, $"λ* is {actual:R}, the numerical minimiser {expected:R}.");
    }

    [Fact]
    public void Minimizer_SmallEnergyAndManyEntries_DoesNotCancel()
    {
        double actual = RankPrior.Minimizer(RankPriorKind.HalfCauchy, 1e-6, 4000, 0.1);

        Assert.InRange(actual, 2.4e-10, 2.6e-10);
    }

    [Fact]
    public void Minimizer_NoEnergy_StaysPositive() =>
        Assert.Equal(RankPrior.SmallestRankParameter, RankPrior.Minimizer(RankPriorKind.LogUniform, 0, 10, 1));

    /// <summary>Newton on ln λ from a bracketed golden-section search of the objective itself.</summary>
    internal static double NumericalMinimizer(RankPriorKind kind, double energy, double entries, double scale)
    {
        double Slope(double logarithm)
        {
            // d f / d ln λ = λ f'(λ), by the definition of f differentiated term by term.
            double value = Math.Exp(logarithm);
            double prior = kind == RankPriorKind.LogUniform ? 0.5 : value / ((scale * scale) + value);
            return (-energy / (2 * value)) + (entries / 2) + prior;
        }

        double low = -60;
        double high = 60;
        for (int i = 0; i < 200; i++)
        {
            double middle = (low + high) / 2;
            (low, high) = Slope(middle) < 0 ? (middle, high) : (low, middle);
        }

        double minimizer = Math.Exp((low + high) / 2);
        double at = RankPrior.Objective(kind, minimizer, energy, entries, scale);
        Assert.True(at <= RankPrior.Objective(kind, minimizer * 1.01, energy, entries, scale), "The slope above is not that of RankPrior.Objective.");
        Assert.True(at <= RankPrior.Objective(kind, minimizer / 1.01, energy, entries, scale), "The slope above is not that of RankPrior.Objective.");
        return minimizer;
    }
}
