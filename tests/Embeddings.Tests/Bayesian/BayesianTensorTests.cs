using Dlrm.Numerics;
using Dlrm.Numerics.Cpu;

namespace Dlrm.Embeddings.Tests.Bayesian;

public sealed class BayesianTensorTests : IDisposable
{
    private const int Seed = 20210405;
    private static readonly RandomStream Stream = new(Seed, 0);
    private readonly CpuDevice _device = new(1);

    public static TheoryData<int[], int[], int[]> Shapes => new()
    {
        { [7, 9], [2, 3], [1, 5, 1] },
        { [5, 4, 6], [2, 2, 4], [1, 4, 6, 1] },
        { [3, 4, 2, 5], [2, 1, 2, 3], [1, 3, 4, 2, 1] },
        { [6, 1, 5], [1, 4, 1], [1, 6, 5, 1] },
    };

    public void Dispose() => _device.Dispose();

    [Theory]
    [MemberData(nameof(Shapes))]
    public void MoveGauge_RandomCores_LeavesTheTensorAndOrdersTheEnergies(int[] rowModes, int[] columnModes, int[] ranks)
    {
        using BayesianTensor tensor = Create(rowModes, columnModes, ranks);
        double[] before = DenseTtm.Expand(tensor);

        tensor.MoveGauge();

        Assert.InRange(DenseTtm.RelativeError(DenseTtm.Expand(tensor), before), 0, 1e-5);
        for (int bond = 0; bond < tensor.Format.Ranks.Count; bond++)
        {
            double[] parameters = tensor.RankParameters(bond).ToArray();
            Assert.Equal(parameters.OrderDescending(), parameters);
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void MoveGauge_Twice_ChangesNothingMore(int[] rowModes, int[] columnModes, int[] ranks)
    {
        using BayesianTensor tensor = Create(rowModes, columnModes, ranks);
        tensor.MoveGauge();
        double[][] before = [.. Enumerable.Range(0, ranks.Length - 2).Select(bond => tensor.RankParameters(bond).ToArray())];

        tensor.MoveGauge();

        for (int bond = 0; bond < before.Length; bond++)
        {
            Assert.InRange(DenseTtm.RelativeError(tensor.RankParameters(bond).ToArray(), before[bond]), 0, 1e-3);
        }
    }

    [Fact]
    public void MoveGauge_RedundantComponents_DropsThem()
    {
        using BayesianTensor small = Create([5, 4, 6], [2, 2, 4], [1, 2, 3, 1]);
        using BayesianTensor large = Create([5, 4, 6], [2, 2, 4], [1, 4, 6, 1]);
        Embed(small, large);
        double[] before = DenseTtm.Expand(large);

        large.MoveGauge();

        Assert.Equal([1, 2, 3, 1], Shape(large).Ranks.ToArray());
        Assert.InRange(DenseTtm.RelativeError(DenseTtm.Expand(large), before), 0, 1e-5);
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void RemoveComponent_Weakest_EqualsTheMaskedTensor(int[] rowModes, int[] columnModes, int[] ranks)
    {
        using BayesianTensor tensor = Create(rowModes, columnModes, ranks);
        for (int bond = 0; bond < tensor.Format.Ranks.Count; bond++)
        {
            tensor.UseMeansWithout(bond, 1);
            double[] masked = DenseTtm.Expand(Shape(tensor), [.. tensor.Factors(0).ToArray().Select(buffer => buffer.ToArray())]);
            long before = tensor.StoredElements;

            tensor.RemoveComponent(bond, 1);

            Assert.Equal(ranks[bond + 1] - 1, Shape(tensor).Ranks[bond + 1]);
            Assert.InRange(DenseTtm.RelativeError(DenseTtm.Expand(tensor), masked), 0, 1e-6);
            Assert.True(tensor.StoredElements < before);
        }
    }

    [Theory]
    [InlineData(RankPriorKind.LogUniform)]
    [InlineData(RankPriorKind.HalfCauchy)]
    public void KlDivergence_RandomPosterior_EqualsMonteCarloEstimate(RankPriorKind kind)
    {
        const int Draws = 400;
        using BayesianTensor tensor = Create([5, 4, 6], [2, 2, 4], [1, 4, 6, 1], kind, initialDeviation: 0.5);
        MemoryState state = new();
        tensor.Save(state, StateParts.Values | StateParts.Posterior);
        double hyper = Enumerable.Range(0, 2).Sum(bond => tensor.RankParameters(bond).ToArray().Sum(value => RankPrior.NegativeLogHyperPrior(kind, value, tensor.Prior.Scale)));
        double[] samples = new double[Draws];
        for (int s = 0; s < Draws; s++)
        {
            tensor.BeginStep(Stream.Derive((ulong)s), pieces: 1);
            for (int k = 0; k < 3; k++)
            {
                float[] draw = tensor.Factors(0)[k].ToArray();
                float[] mean = state.Values($"t.core.{k}");
                float[] logDeviation = state.Values($"t.core.{k}.log_deviation");
                double[] parameters = tensor.RankParameters(Math.Min(k, 1)).ToArray();
                for (int i = 0; i < draw.Length; i++)
                {
                    double rankParameter = k < 2 ? parameters[i % Shape(tensor).Ranks[k + 1]] : parameters[i / 4 % 6];
                    double epsilon = (draw[i] - mean[i]) / Math.Exp(logDeviation[i]);
                    samples[s] += (0.5 * draw[i] * draw[i] / rankParameter) + (0.5 * Math.Log(rankParameter)) - (0.5 * epsilon * epsilon) - logDeviation[i];
                }
            }
        }

        double divergence = tensor.KlDivergence() - hyper;

        double average = samples.Average();
        double error = Math.Sqrt(samples.Sum(value => (value - average) * (value - average)) / (Draws - 1) / Draws);
        Assert.True(Math.Abs(divergence - average) < 4 * error, $"KL is {divergence:R}, Monte Carlo gives {average:R} ± {error:R}.");
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Step_EveryBondAndBothHyperPriors_SetsRankParametersToTheirMinimiser(int[] rowModes, int[] columnModes, int[] ranks)
    {
        foreach (RankPriorKind kind in Enum.GetValues<RankPriorKind>())
        {
            using BayesianTensor tensor = Create(rowModes, columnModes, ranks, kind);
            Step(tensor, pieces: 1);
            CheckRankParameters(tensor, kind);
            tensor.RemoveComponent(0, 1);
            Step(tensor, pieces: 1);
            CheckRankParameters(tensor, kind);
        }
    }

    [Fact]
    public void Step_TwoPieces_SumsGradientsOfBothDraws()
    {
        int[] ranks = [1, 4, 6, 1];
        using BayesianTensor tensor = Create([5, 4, 6], [2, 2, 4], ranks, initialDeviation: 0.3);
        tensor.BeginStep(Stream, pieces: 2);
        tensor.ClearGradient();
        double[] expected = new double[Shape(tensor).CoreLength(1)];
        for (int p = 0; p < 2; p++)
        {
            float[] gradient = Gradient(tensor, 1, scale: p + 1);
            tensor.FactorGradients()[1].CopyFrom(gradient);
            for (int i = 0; i < expected.Length; i++)
            {
                expected[i] += gradient[i];
            }

            tensor.EndPiece(p);
        }

        Assert.Equal(expected.Sum(value => value * value), tensor.GradientSumOfSquares(), 1e-5 * expected.Sum(value => value * value));
    }

    [Fact]
    public void FitLost_HandWorkedChanges_IsTheScaledMeanAndTwoStandardErrors()
    {
        // Changes 1, 2, 3: mean 2, variance 1, standard error 1/√3.
        double lost = EvidencePruner.FitLost([1, 1, 1], [2, 3, 4], trainingSamples: 10);

        Assert.Equal(10 * (2 + (2 / Math.Sqrt(3))), lost, 1e-12);
    }

    [Fact]
    public void Load_RanksIntoAZeroTensor_IsRefused()
    {
        using BayesianTensor tensor = Create([5, 4, 6], [2, 2, 4], [1, 4, 6, 1]);
        MemoryState saved = new();
        tensor.Save(saved, StateParts.All);
        tensor.BecomeZero();

        InvalidDataException exception = Assert.Throws<InvalidDataException>(() => tensor.Load(saved, StateParts.All));

        Assert.Contains("load it into a new model", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Constructor_TargetDeviation_IsThatOfTheEntries()
    {
        const double Target = 0.07;
        double[] variances = new double[20];
        for (int s = 0; s < variances.Length; s++)
        {
            using BayesianTensor tensor = new(_device, "t", new TtmFormat(new TtmShape(2000, [20, 10, 10], [2, 2, 4], [1, 12, 12, 1])), new OptimizerOptions(), new RankPriorOptions(), Stream.Derive((ulong)s), Target);
            double[] table = DenseTtm.Expand(tensor);
            variances[s] = table.Sum(value => value * value) / table.Length;
        }

        Assert.InRange(variances.Average(), 0.95 * Target * Target, 1.05 * Target * Target);
    }

    [Fact]
    public void Load_AfterPruning_RestoresEveryBit()
    {
        using BayesianTensor tensor = Create([5, 4, 6], [2, 2, 4], [1, 4, 6, 1]);
        tensor.MoveGauge();
        tensor.RemoveComponent(1, 5);
        MemoryState saved = new();
        tensor.Save(saved, StateParts.All);
        using BayesianTensor other = Create([5, 4, 6], [2, 2, 4], [1, 4, 6, 1]);

        other.Load(saved, StateParts.All);

        MemoryState again = new();
        other.Save(again, StateParts.All);
        Assert.Equal([1, 4, 5, 1], Shape(other).Ranks.ToArray());
        Assert.Equal(saved.Names, again.Names);
        Assert.All(saved.Names.Where(name => name.Contains("core", StringComparison.Ordinal)), name => Assert.Equal(saved.Values(name), again.Values(name)));
    }

    [Fact]
    public void Load_ZeroTensor_IsZero()
    {
        using BayesianTensor tensor = Create([5, 4, 6], [2, 2, 4], [1, 4, 6, 1]);
        tensor.BecomeZero();
        MemoryState saved = new();
        tensor.Save(saved, StateParts.All);
        using BayesianTensor other = Create([5, 4, 6], [2, 2, 4], [1, 4, 6, 1]);

        other.Load(saved, StateParts.All);

        Assert.True(other.IsZero);
        Assert.Equal(0, other.StoredElements);
    }

    private BayesianTensor Create(int[] rowModes, int[] columnModes, int[] ranks, RankPriorKind kind = RankPriorKind.LogUniform, double initialDeviation = 0.01)
    {
        long rows = rowModes.Aggregate(1L, (product, mode) => product * mode);
        return new BayesianTensor(
            _device, "t", new TtmFormat(new TtmShape(rows, rowModes, columnModes, ranks)), new OptimizerOptions { Kind = OptimizerKind.Adam }, new RankPriorOptions { Prior = kind, InitialDeviation = initialDeviation }, Stream, 1);
    }

    private static TtmShape Shape(BayesianTensor tensor) => ((TtmFormat)tensor.Format).Shape;

    private static float[] Gradient(BayesianTensor tensor, int k, float scale)
    {
        float[] gradient = new float[Shape(tensor).CoreLength(k)];
        for (int i = 0; i < gradient.Length; i++)
        {
            gradient[i] = scale * MathF.Sin(i + k);
        }

        return gradient;
    }

    private static void Step(BayesianTensor tensor, int pieces)
    {
        tensor.BeginStep(Stream, pieces);
        tensor.ClearGradient();
        for (int k = 0; k < Shape(tensor).Order; k++)
        {
            tensor.FactorGradients()[k].CopyFrom(Gradient(tensor, k, scale: 1));
        }

        tensor.Step(new StepContext { Step = 1, LearningRateFactor = 1, GradientScale = 1, KlWeight = 1e-3, BatchSize = 8 });
    }

    /// <summary>Sums M and counts D entry by entry, by the table of which bond governs which entry, and minimises the objective numerically.</summary>
    private static void CheckRankParameters(BayesianTensor tensor, RankPriorKind kind)
    {
        MemoryState state = new();
        tensor.Save(state, StateParts.Values | StateParts.Posterior);
        TtmShape shape = Shape(tensor);
        for (int bond = 0; bond < shape.Order - 1; bond++)
        {
            for (int r = 0; r < shape.Ranks[bond + 1]; r++)
            {
                (double energy, double entries) = (0, 0);
                for (int k = bond; k <= (bond == shape.Order - 2 ? bond + 1 : bond); k++)
                {
                    float[] mean = state.Values($"t.core.{k}");
                    float[] logDeviation = state.Values($"t.core.{k}.log_deviation");
                    for (int i = 0; i < mean.Length; i++)
                    {
                        int component = k == bond ? i % shape.Ranks[k + 1] : i / (shape.ColumnModes[k] * shape.Ranks[k + 1]) % shape.Ranks[k];
                        if (component == r)
                        {
                            energy += ((double)mean[i] * mean[i]) + Math.Exp(2.0 * logDeviation[i]);
                            entries++;
                        }
                    }
                }

                double actual = tensor.RankParameters(bond)[r];
                double expected = RankPriorTests.NumericalMinimizer(kind, energy, entries, tensor.Prior.Scale);
                Assert.True(Math.Abs(actual - expected) <= 1e-6 * expected, $"bond {bond}, component {r}: λ is {actual:R}, the numerical minimiser {expected:R}.");
            }
        }
    }

    /// <summary>Writes a tensor of small TT ranks into one of larger ones, mixed by an invertible map of the first components.</summary>
    private static void Embed(BayesianTensor small, BayesianTensor large)
    {
        for (int k = 0; k < 3; k++)
        {
            float[] source = small.Means()[k].ToArray();
            float[] target = new float[Shape(large).CoreLength(k)];
            int columns = Shape(small).ColumnModes[k];
            for (int i = 0; i < Shape(small).RowModes[k]; i++)
            {
                for (int a = 0; a < Shape(small).Ranks[k]; a++)
                {
                    for (int j = 0; j < columns; j++)
                    {
                        for (int b = 0; b < Shape(small).Ranks[k + 1]; b++)
                        {
                            target[(((((i * Shape(large).Ranks[k]) + a) * columns) + j) * Shape(large).Ranks[k + 1]) + b] =
                                source[(((((i * Shape(small).Ranks[k]) + a) * columns) + j) * Shape(small).Ranks[k + 1]) + b];
                        }
                    }
                }
            }

            large.Means()[k].CopyFrom(target);
        }
    }
}
