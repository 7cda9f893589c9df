using Dlrm.Metrics;
using Dlrm.Numerics;

namespace Dlrm.Tests.Metrics;

public sealed class ClassificationMetricsTests
{
    private const int Seed = 20210405;

    [Fact]
    public void Compute_FourSamplesByHand_GivesTheWorkedFigures()
    {
        MetricsResult result = Compute([0.1f, 0.4f, 0.35f, 0.8f], [0, 0, 1, 1]);

        Assert.Equal(4, result.Samples);
        Assert.Equal(0.75, result.Auc);
        Assert.Equal(0.75, result.Accuracy);
        Assert.Equal(-(Math.Log(0.9) + Math.Log(0.6) + Math.Log(0.35) + Math.Log(0.8)) / 4, result.LogLoss, 7);
        Assert.Equal(result.LogLoss / Math.Log(2), result.NormalizedEntropy, 12);
        Assert.Equal(1.65 / 2, result.Calibration, 7);
        Assert.Equal(0.5, result.MeanLabel);
        Assert.Equal(1, result.Reliability[2].Samples);
        Assert.Equal(0.1, result.Reliability[2].From);
        Assert.Equal(0.0, result.Reliability[2].MeanLabel);
        Assert.Equal(4, result.Reliability.Sum((ReliabilityBin bin) => bin.Samples));
        Assert.Equal(
            result.Reliability.Where(bin => bin.Samples > 0).Sum(bin => bin.Samples * Math.Abs(bin.MeanProbability - bin.MeanLabel)) / 4, result.CalibrationError, 1e-12);
    }

    [Fact]
    public void Compute_ThousandRandomCasesWithTies_AucIsTheDefinition()
    {
        Random random = new(Seed);
        for (int trial = 0; trial < 1000; trial++)
        {
            int count = 2 + random.Next(40);
            int levels = 1 + random.Next(12);
            bool isSoft = trial % 4 == 0;
            float[] probabilities = Draw(count, () => random.Next(levels + 1) / (float)levels);
            float[] labels = Draw(count, () => isSoft ? random.NextSingle() : random.Next(2));

            MetricsResult result = Compute(probabilities, labels);

            double expected = AucByDefinition(probabilities, labels);
            Assert.True(
                expected.Equals(result.Auc) || Math.Abs(expected - result.Auc) <= 4 * count * count * Math.Pow(2, -53),
                $"seed {Seed}, trial {trial}: {result.Auc:R}, by definition {expected:R}");
        }
    }

    [Theory]
    [InlineData(0f)]
    [InlineData(0.3f)]
    [InlineData(1f)]
    public void Compute_ConstantPredictor_AucIsExactlyOneHalf(float probability)
    {
        float[] probabilities = Draw(999, () => probability);
        float[] labels = [.. Enumerable.Range(0, 999).Select((int i) => i % 7 == 0 ? 1f : 0f)];

        Assert.Equal(0.5, Compute(probabilities, labels).Auc);
        Assert.Equal(0.5, Compute(probabilities, labels, exactLimit: 0).Auc);
    }

    [Theory]
    [InlineData(0.05, 0.0)]
    [InlineData(0.3, -3.5)]
    [InlineData(1.0, -1.0)]
    [InlineData(2.0, -3.5)]
    [InlineData(5.0, 0.0)]
    public void Compute_HistogramOfManySpreads_IsWithinOneHundredThousandthOfSorting(double spread, double centre)
    {
        Random random = new(Seed);
        float[] probabilities = Draw(200_000, () => (float)(1 / (1 + Math.Exp(-centre - (spread * Normal(random))))));
        float[] labels = [.. probabilities.Select((float p) => random.NextDouble() < p ? 1f : 0f)];

        MetricsResult exact = Compute(probabilities, labels);
        MetricsResult binned = Compute(probabilities, labels, exactLimit: 100_000);

        Assert.Equal(0, exact.AucErrorBound);
        Assert.InRange(Math.Abs(binned.Auc - exact.Auc), 0, Math.Min(1e-5, binned.AucErrorBound + 1e-12));
        Assert.Equal(exact with { Auc = binned.Auc, AucErrorBound = binned.AucErrorBound, Reliability = binned.Reliability }, binned);
        Assert.Equal(exact.Reliability, binned.Reliability);
    }

    [Fact]
    public void Merge_ThreeSplits_EqualsOnePass()
    {
        Random random = new(Seed);
        float[] probabilities = Draw(3000, () => random.Next(200) / 199f);
        float[] labels = Draw(3000, () => random.Next(2));
        foreach (int exactLimit in new[] { 10_000, 1500, 0 })
        {
            ClassificationMetrics merged = new(exactLimit);
            double[] state = new double[ClassificationMetrics.StateLength];
            foreach (Range split in new[] { 0..1000, 1000..1001, 1001..3000 })
            {
                ClassificationMetrics part = new(exactLimit);
                part.Add(probabilities[split], labels[split]);
                merged.Merge(part);
                double[] partState = new double[ClassificationMetrics.StateLength];
                part.ExportState(partState);
                for (int i = 0; i < state.Length; i++)
                {
                    state[i] += partState[i];
                }
            }

            RequireSame(Compute(probabilities, labels, exactLimit), merged.Compute());
            RequireSame(Compute(probabilities, labels, exactLimit: 0), ClassificationMetrics.FromState(state).Compute());
        }
    }

    [Fact]
    public void ExportState_WhileExact_LeavesTheMetricsExact()
    {
        ClassificationMetrics metrics = new();
        metrics.Add([0.2f, 0.4f], [0, 1]);
        metrics.ExportState(new double[ClassificationMetrics.StateLength]);

        Assert.Equal(0, metrics.Compute().AucErrorBound);
        Assert.Equal(1, metrics.Compute().Auc);
    }

    [Fact]
    public void Compute_WithoutSamples_IsUndefinedThroughout()
    {
        MetricsResult result = Compute([], []);

        Assert.Equal(0, result.Samples);
        Assert.False(result.IsAucDefined);
        Assert.True(double.IsNaN(result.LogLoss) && double.IsNaN(result.NormalizedEntropy) && double.IsNaN(result.Calibration));
    }

    [Theory]
    [InlineData(0f, 0)]
    [InlineData(1f, 0)]
    [InlineData(0f, 100)]
    [InlineData(1f, 100)]
    public void Compute_OneClassOnly_AucIsUndefinedAndLogLossIsNot(float label, int exactLimit)
    {
        MetricsResult result = Compute([0.25f, 0.5f, 0.75f], [label, label, label], exactLimit);

        Assert.False(result.IsAucDefined);
        Assert.True(double.IsNaN(result.Auc) && double.IsNaN(result.NormalizedEntropy));
        Assert.Equal(-(Math.Log(0.25) + Math.Log(0.5) + Math.Log(0.75)) / 3, result.LogLoss, 12);
        Assert.Equal(label == 0 ? double.NaN : 0.5, result.Calibration);
    }

    [Fact]
    public void Compute_SaturatedProbabilities_CostIsFiniteAndCounted()
    {
        MetricsResult result = Compute([0, 1, 0, 1], [0, 1, 1, 0]);

        Assert.Equal(175 * Math.Log(2) / 4, result.LogLoss, 12);
        Assert.Equal(4, result.SaturatedSamples);
        Assert.Equal(0.5, result.Auc);
    }

    [Fact]
    public void LogLossTerm_TinyProbability_KeepsItsDigits()
    {
        Assert.Equal(1e-20f, ClassificationFormulas.LogLossTerm(1e-20f, 0), 1e-32);
        Assert.Equal(46.0517, ClassificationFormulas.LogLossTerm(1e-20f, 1), 4);
    }

    [Fact]
    public void Add_BadNumbers_SayWhichAndAddNothing()
    {
        ClassificationMetrics metrics = new();

        ArgumentException nan = Assert.Throws<ArgumentException>(() => metrics.Add([0.5f, float.NaN], [0, 1]));
        ArgumentException label = Assert.Throws<ArgumentException>(() => metrics.Add([0.5f, 0.5f], [0, 2]));
        ArgumentException lengths = Assert.Throws<ArgumentException>(() => metrics.Add([0.5f], [0, 1]));

        Assert.Equal("Probability 1 is NaN, but must lie in [0, 1].", nan.Message);
        Assert.Equal("Label 1 is 2, but must lie in [0, 1].", label.Message);
        Assert.Contains("1 probabilities but 2 labels", lengths.Message, StringComparison.Ordinal);
        Assert.Equal(0, metrics.Samples);
    }

    [Fact]
    public void AucHistogram_NaN_Throws()
    {
        AucHistogram histogram = new();
        Assert.Throws<ArgumentException>(() => histogram.AddLogit(double.NaN, 1));
        histogram.AddLogit(double.NegativeInfinity, 0);
        histogram.AddLogit(double.PositiveInfinity, 1);
        Assert.Equal(1, histogram.Auc());
    }

    private static MetricsResult Compute(float[] probabilities, float[] labels, int exactLimit = ClassificationMetrics.DefaultExactLimit)
    {
        ClassificationMetrics metrics = new(exactLimit);
        int half = probabilities.Length / 2;
        metrics.Add(probabilities.AsSpan(0, half), labels.AsSpan(0, half));
        metrics.Add(probabilities.AsSpan(half), labels.AsSpan(half));
        return metrics.Compute();
    }

    /// <summary>The counts must be equal; sums of n doubles in another order differ by at most γ(n), relative, as all terms are positive.</summary>
    private static void RequireSame(MetricsResult expected, MetricsResult actual)
    {
        double bound = 2 * expected.Samples * Math.Pow(2, -53);
        Assert.Equal(expected.Auc, actual.Auc);
        Assert.Equal(expected.AucErrorBound, actual.AucErrorBound);
        Assert.Equal(expected.Accuracy, actual.Accuracy);
        Assert.Equal(expected.SaturatedSamples, actual.SaturatedSamples);
        Assert.Equal(expected.LogLoss, actual.LogLoss, bound * expected.LogLoss);
        Assert.Equal(expected.MeanProbability, actual.MeanProbability, bound);
        for (int b = 0; b < ClassificationMetrics.ReliabilityBins; b++)
        {
            Assert.Equal(expected.Reliability[b].Samples, actual.Reliability[b].Samples);
            Assert.Equal(expected.Reliability[b].MeanLabel, actual.Reliability[b].MeanLabel, bound);
        }
    }

    private static double AucByDefinition(float[] probabilities, float[] labels)
    {
        double won = 0;
        double pairs = 0;
        for (int i = 0; i < labels.Length; i++)
        {
            for (int j = 0; j < labels.Length; j++)
            {
                double weight = labels[i] * (1 - (double)labels[j]);
                won += weight * (probabilities[i] > probabilities[j] ? 1 : probabilities[i] == probabilities[j] ? 0.5 : 0);
                pairs += weight;
            }
        }

        return pairs > 0 ? won / pairs : double.NaN;
    }

    private static float[] Draw(int count, Func<float> next)
    {
        float[] values = new float[count];
        for (int i = 0; i < count; i++)
        {
            values[i] = next();
        }

        return values;
    }

    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
