using Dlrm.Embeddings;
using Dlrm.Numerics;
using Dlrm.Numerics.Cpu;
using Dlrm.Tests.Support;

namespace Dlrm.Tests.Model;

public sealed class DlrmModelTests
{
    /// <summary>Half a unit in the last place of 1, in float.</summary>
    private const double Unit = 1.0 / (1 << 24);

    /// <summary>Gets the storage of tables: the names are of <see cref="TableKind"/>.</summary>
    public static TheoryData<TableKind, int> Kinds => new() { { TableKind.Dense, 1 }, { TableKind.LowRank, 2 }, { TableKind.LowRank, 3 } };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Backward_EveryParameterOfEveryLayer_MatchesCentralDifferences(TableKind kind, int order)
    {
        using CpuDevice device = new(2);
        using DlrmModel model = Make(device, kind, Math.Max(order, 2));
        using ClickSource source = new(24, 24, seed: 4);
        source.TryRead(out Batch batch);
        ReferenceModel reference = new(model);
        Dictionary<string, float[]> actual = GradientsBySgd(model, batch, [.. reference.Weights.Keys]);
        foreach ((string name, double[] weights) in reference.Weights)
        {
            double[] expected = new double[weights.Length];
            for (int i = 0; i < weights.Length; i++)
            {
                // The loss is smooth in double: a step of 1e-5 leaves an error of about 1e-10 of truncation and 1e-11 of rounding.
                double kept = weights[i];
                weights[i] = kept + 1e-5;
                double above = reference.Loss(batch);
                weights[i] = kept - 1e-5;
                double below = reference.Loss(batch);
                weights[i] = kept;
                expected[i] = (above - below) / 2e-5;
            }

            // An element is a sum over 24 samples of products of 4 to 6 float factors, each a sum of at most 8 terms; read back through w − g.
            double bound = 24 * 8 * Unit * (expected.Max(Math.Abs) + 1);
            AssertClose(name, expected, actual[name], bound);
        }
    }

    [Fact]
    public void Step_TenTimes_FollowsTheReferenceInDouble()
    {
        using CpuDevice device = new(2);
        using DlrmModel model = Make(device, TableKind.Dense, order: 2);
        using ClickSource source = new(320, 32, seed: 6);
        ReferenceModel reference = new(model);
        for (int step = 1; step <= 10; step++)
        {
            Assert.True(source.TryRead(out Batch batch));
            double expectedLoss = reference.Loss(batch);
            foreach ((string name, double[] gradient) in reference.Gradients(batch))
            {
                for (int i = 0; i < gradient.Length; i++)
                {
                    reference.Weights[name][i] -= 0.5 * gradient[i];
                }
            }

            model.Forward(batch);
            double loss = model.Loss() / batch.Size;
            model.ClearGradients();
            model.Backward();
            StepAll(model, step);

            // Each step adds one rounding of each weight and gradients that are off by a few dozen; the errors pass through 10 steps.
            Assert.True(Math.Abs(loss - expectedLoss) <= step * 64 * Unit, $"Step {step}: loss {loss:R}, expected {expectedLoss:R}.");
        }

        foreach ((string name, double[] expected) in reference.Weights)
        {
            AssertClose(name, expected, Models.Read(model, name), 10 * 64 * Unit * (1 + expected.Max(Math.Abs)));
        }
    }

    [Fact]
    public void Forward_WithoutDenseFeatures_UsesTheTablesAlone()
    {
        using CpuDevice device = new(1);
        DlrmOptions options = Models.Svi with { Model = Models.Svi.Model with { Tables = new TableOptions { Kind = TableKind.Dense } } };
        using DlrmModel model = new(device, options, new ModelInputs(0, ["U", "M"], [3, 2]));
        Batch batch = new(0, 2);
        batch.Resize(2);
        batch.Sparse[0] = JaggedIndices.OneHot([0, 2]);
        batch.Sparse[1] = JaggedIndices.OneHot([1, 0]);
        model.Forward(batch);
        model.Loss();
        model.ClearGradients();
        model.Backward();
        Assert.DoesNotContain(model.Parameters, parameter => parameter.Name.StartsWith("bottom", StringComparison.Ordinal));
        Assert.Equal(Models.Read(model, "tables.U")[8..12], model.Interaction.Features.Buffer.ToArray()[8..12]);
        Assert.True(model.Parameters[^1].GradientSumOfSquares() > 0);
    }

    [Fact]
    public void StoredBytes_DenseTables_AreFourForEachNumber()
    {
        using CpuDevice device = new(1);
        using DlrmModel model = Make(device, TableKind.Dense, order: 2);
        int bottom = (2 * 6) + 6 + (6 * 4) + 4;
        int top = (10 * 8) + 8 + 8 + 1;
        Assert.Equal(4 * (bottom + top + ((7 + 40 + 90) * 4)), model.StoredBytes);
        Assert.Equal(4 * 90 * 4, model.StoredBytesOf(2));
    }

    [Fact]
    public void Constructor_OverrideOfAnUnknownTable_NamesItAndTheTables()
    {
        using CpuDevice device = new(1);
        DlrmOptions options = Models.Svi with { Model = Models.Svi.Model with { TableOverrides = new Dictionary<string, TableOptions> { ["Z"] = new() } } };
        OptionsException exception = Assert.Throws<OptionsException>(() => new DlrmModel(device, options, Models.Inputs));
        Assert.Equal("model.tableOverrides names 'Z', but the sparse features are A, B, C.", Assert.Single(exception.Problems));
    }

    [Fact]
    public void Forward_BatchOfAnotherShape_NamesBothShapes()
    {
        using CpuDevice device = new(1);
        using DlrmModel model = Make(device, TableKind.Dense, order: 2);
        ArgumentException exception = Assert.Throws<ArgumentException>(() => model.Forward(new Batch(3, 2)));
        Assert.Contains("3 dense and 2 sparse features, but the model 2 and 3", exception.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => model.Forward(new Batch(2, 3)));
    }

    [Fact]
    public void Constructor_ManyWeights_HaveTheVarianceOfTheReference()
    {
        using CpuDevice device = new(1);
        DlrmOptions options = new() { Model = new ModelOptions { BottomMlp = [400, 16], Tables = new TableOptions { Kind = TableKind.Dense } } };
        using DlrmModel model = new(device, options, new ModelInputs(200, ["A"], [5000]));
        AssertDeviation(Models.Read(model, "bottom.0.weight"), Math.Sqrt(2.0 / (400 + 200)));
        AssertDeviation(Models.Read(model, "bottom.0.bias"), Math.Sqrt(1.0 / 400));
        AssertDeviation(Models.Read(model, "tables.A"), 1 / Math.Sqrt(3 * 5000.0));
    }

    private static void AssertDeviation(float[] values, double expected)
    {
        double deviation = Math.Sqrt(values.Average(value => (double)value * value));

        // The standard error of a deviation of n normal numbers is 1/√(2n); five of them.
        Assert.InRange(deviation / expected, 1 - (5 / Math.Sqrt(2.0 * values.Length)), 1 + (5 / Math.Sqrt(2.0 * values.Length)));
    }

    private static DlrmModel Make(CpuDevice device, TableKind kind, int order)
    {
        OptimizerOptions sgd = new() { Kind = OptimizerKind.Sgd, LearningRate = 0.5 };
        DlrmOptions options = Models.Svi with
        {
            Model = Models.Svi.Model with { Tables = new TableOptions { Kind = kind, CompressAbove = 10, Order = order, StartRank = 3, InitialEntryDeviation = 0.5 } },
            Training = Models.Svi.Training with { MlpOptimizer = sgd, TableOptimizer = sgd, FactorOptimizer = sgd },
            RankPrior = Models.Svi.RankPrior with { Inference = InferenceKind.FixedRanks },
        };
        return new DlrmModel(device, options, Models.Inputs);
    }

    /// <summary>Takes one step of SGD: the gradient is the difference of the weights over the learning rate.</summary>
    private static Dictionary<string, float[]> GradientsBySgd(DlrmModel model, Batch batch, string[] names)
    {
        Dictionary<string, float[]> before = names.ToDictionary(name => name, name => Models.Read(model, name));
        model.Forward(batch);
        model.Loss();
        model.ClearGradients();
        model.Backward();
        StepAll(model, 1);
        return names.ToDictionary(name => name, name => before[name].Zip(Models.Read(model, name), (old, now) => (old - now) / 0.5f).ToArray());
    }

    private static void StepAll(DlrmModel model, int step)
    {
        foreach (Parameter parameter in model.Parameters)
        {
            parameter.Step(new StepContext { Step = step, LearningRateFactor = 1, GradientScale = 1, KlWeight = 0, BatchSize = model.Samples });
        }
    }

    private static void AssertClose(string name, double[] expected, float[] actual, double bound)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.True(Math.Abs(expected[i] - actual[i]) <= bound, $"{name}[{i}]: {actual[i]:R}, expected {expected[i]:R} within {bound:E1}.");
        }

        Assert.True(expected.Any(value => Math.Abs(value) > 100 * bound), $"{name}: every value is about as small as the bound, so the test shows nothing.");
    }
}
