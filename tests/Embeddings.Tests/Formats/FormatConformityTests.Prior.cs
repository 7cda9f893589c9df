using Dlrm.Embeddings.Tests.Bayesian;

namespace Dlrm.Embeddings.Tests.Formats;

/// <content>The start, rank parameters and the prior's cost.</content>
public sealed partial class FormatConformityTests
{
    /// <summary>Gets shapes whose entries average well.</summary>
    public static TheoryData<TensorFormat, int[], int[], int[]> WideCases => new()
    {
        { TensorFormat.Ttm, [20, 10, 5], [2, 2, 4], [12, 12] },
        { TensorFormat.Tt, [20, 12], [16], [12, 12] },
        { TensorFormat.Cp, [20, 15], [16], [24] },
        { TensorFormat.Tucker, [20, 15], [16], [6, 5, 7] },
        { TensorFormat.Ring, [20, 12], [16], [5, 6, 7] },
    };

    [Theory]
    [MemberData(nameof(WideCases))]
    public void Constructor_TargetDeviation_IsThatOfTheEntries(TensorFormat format, int[] rowModes, int[] columnModes, int[] ranks)
    {
        const double Target = 0.07;
        double[] variances = new double[160];
        for (int s = 0; s < variances.Length; s++)
        {
            BayesianTensor tensor = new(
                _device, "t", Format(format, rowModes, columnModes, ranks), new OptimizerOptions(), new RankPriorOptions(), Stream.Derive((ulong)s), Target);
            using TensorEmbeddingBag bag = new(_device, tensor, Numerics.PoolingType.Sum);
            variances[s] = Rows(bag, [.. Enumerable.Range(0, (int)bag.Rows).Select(row => (long)row)]).Average(value => value * value);
        }

        Assert.InRange(variances.Average(), 0.95 * Target * Target, 1.05 * Target * Target);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Step_EveryBondAndBothHyperPriors_SetsRankParametersToTheirMinimiser(TensorFormat format, int[] rowModes, int[] columnModes, int[] ranks, int padding)
    {
        foreach (RankPriorKind kind in Enum.GetValues<RankPriorKind>())
        {
            using BayesianTensor tensor = Tensor(Format(format, rowModes, columnModes, ranks, padding), kind);
            Step(tensor);
            CheckRankParameters(tensor, kind);
            int bond = Array.FindIndex(ranks, size => size > 1);
            if (bond >= 0)
            {
                // D uses the present sizes: those of other bonds count the removed component no more.
                tensor.RemoveComponent(bond, 1);
                CheckRankParameters(tensor, kind);
                Step(tensor);
                CheckRankParameters(tensor, kind);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void KlDivergence_RandomPosterior_EqualsMonteCarloEstimate(TensorFormat format, int[] rowModes, int[] columnModes, int[] ranks, int padding)
    {
        const int Draws = 400;
        using BayesianTensor tensor = Tensor(Format(format, rowModes, columnModes, ranks, padding), initialDeviation: 0.5);
        tensor.MoveGauge();
        MemoryState state = new();
        tensor.Save(state, StateParts.Values | StateParts.Posterior);
        double hyper = Enumerable.Range(0, ranks.Length).Sum(bond => tensor.RankParameters(bond).ToArray().Sum(value => RankPrior.NegativeLogHyperPrior(RankPriorKind.LogUniform, value, tensor.Prior.Scale)));
        double[] samples = new double[Draws];
        for (int s = 0; s < Draws; s++)
        {
            tensor.BeginStep(Stream.Derive((ulong)s), pieces: 1);
            for (int k = 0; k < tensor.Format.Factors.Count; k++)
            {
                float[] draw = tensor.Factors(0)[k].ToArray();
                float[] mean = state.Values($"t.{tensor.Format.Factors[k].Name}");
                float[] logDeviation = state.Values($"t.{tensor.Format.Factors[k].Name}.log_deviation");
                for (int i = 0; i < draw.Length; i++)
                {
                    (int bond, int component) = TensorDefinition.Governor(tensor.Format, k, i);
                    double variance = bond < 0 ? 100 : tensor.RankParameters(bond)[component];
                    double epsilon = (draw[i] - mean[i]) / Math.Exp(logDeviation[i]);
                    samples[s] += (0.5 * draw[i] * draw[i] / variance) + (0.5 * Math.Log(variance)) - (0.5 * epsilon * epsilon) - logDeviation[i];
                }
            }
        }

        double divergence = tensor.KlDivergence() - hyper;

        double average = samples.Average();
        double error = Math.Sqrt(samples.Sum(value => (value - average) * (value - average)) / (Draws - 1) / Draws);
        Assert.True(Math.Abs(divergence - average) < 4 * error, $"KL is {divergence:R}, Monte Carlo gives {average:R} ± {error:R}.");
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void ComponentCosts_EveryComponent_SumThoseOfItsSlices(TensorFormat format, int[] rowModes, int[] columnModes, int[] ranks, int padding)
    {
        using BayesianTensor tensor = Tensor(Format(format, rowModes, columnModes, ranks, padding), initialDeviation: 0.5);
        Step(tensor);
        MemoryState state = new();
        tensor.Save(state, StateParts.Values | StateParts.Posterior);
        double expectedGoverned = 0;
        double[][] expected = [.. ranks.Select(size => new double[size])];
        for (int k = 0; k < tensor.Format.Factors.Count; k++)
        {
            FactorShape factor = tensor.Format.Factors[k];
            float[] mean = state.Values($"t.{factor.Name}");
            float[] logDeviation = state.Values($"t.{factor.Name}.log_deviation");
            for (int i = 0; i < mean.Length; i++)
            {
                (int governor, int component) = TensorDefinition.Governor(tensor.Format, k, i);
                double variance = governor < 0 ? 100 : tensor.RankParameters(governor)[component];
                double ratio = Math.Exp(2.0 * logDeviation[i]) / variance;
                double cost = ratio < 1
                    ? 0.5 * (((double)mean[i] * mean[i] / variance) - Math.Log(ratio))
                    : 0.5 * (((double)mean[i] * mean[i] / variance) + ratio - 1 - Math.Log(ratio));
                expectedGoverned += governor < 0 ? 0 : cost;
                foreach (FactorAxis axis in factor.Axes)
                {
                    expected[axis.Bond][i / axis.Axis.Inner % axis.Axis.Size] += cost;
                }
            }
        }

        (double governed, double[][] costs) = tensor.ComponentCosts();

        Assert.Equal(expectedGoverned, governed, 1e-6 * Math.Abs(expectedGoverned));
        Assert.All(expected.Zip(costs), pair => Assert.InRange(TensorDefinition.RelativeError(pair.Second, pair.First), 0, 1e-6));
    }

    /// <summary>Takes one step with a gradient that is nowhere zero.</summary>
    private static void Step(BayesianTensor tensor)
    {
        tensor.BeginStep(Stream, pieces: 1);
        tensor.ClearGradient();
        for (int k = 0; k < tensor.Format.Factors.Count; k++)
        {
            tensor.FactorGradients()[k].CopyFrom([.. Enumerable.Range(0, (int)tensor.Format.Factors[k].Length).Select(i => MathF.Sin(i + k + 1))]);
        }

        tensor.Step(new Dlrm.Embeddings.StepContext { Step = 1, LearningRateFactor = 1, GradientScale = 1, KlWeight = 1e-3, BatchSize = 8 });
    }

    /// <summary>Sums M and counts D entry by entry, by the table of which bond governs which entry, and minimises the objective numerically.</summary>
    private static void CheckRankParameters(BayesianTensor tensor, RankPriorKind kind)
    {
        MemoryState state = new();
        tensor.Save(state, StateParts.Values | StateParts.Posterior);
        (double Energy, int Entries)[][] governed = [.. tensor.Format.Ranks.Select(size => new (double, int)[size])];
        for (int k = 0; k < tensor.Format.Factors.Count; k++)
        {
            float[] mean = state.Values($"t.{tensor.Format.Factors[k].Name}");
            float[] logDeviation = state.Values($"t.{tensor.Format.Factors[k].Name}.log_deviation");
            for (int i = 0; i < mean.Length; i++)
            {
                (int bond, int component) = TensorDefinition.Governor(tensor.Format, k, i);
                if (bond >= 0)
                {
                    governed[bond][component].Energy += ((double)mean[i] * mean[i]) + Math.Exp(2.0 * logDeviation[i]);
                    governed[bond][component].Entries++;
                }
            }
        }

        for (int bond = 0; bond < governed.Length; bond++)
        {
            for (int r = 0; r < governed[bond].Length; r++)
            {
                double actual = tensor.RankParameters(bond)[r];
                double expected = RankPriorTests.NumericalMinimizer(kind, governed[bond][r].Energy, governed[bond][r].Entries, tensor.Prior.Scale);
                Assert.True(Math.Abs(actual - expected) <= 1e-6 * expected, $"bond {bond}, component {r}: λ is {actual:R}, the numerical minimiser {expected:R}.");
            }
        }
    }
}
