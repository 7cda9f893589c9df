using Dlrm.Numerics;
using Dlrm.Numerics.Cpu;
using Dlrm.TestSupport;

namespace Dlrm.Embeddings.Tests.Linear;

/// <summary>Tensorised layers of every format against the dense layer of the same weight, in double, and against finite differences.</summary>
public sealed class TensorizedLinearTests : IDisposable
{
    private const int Samples = 7;
    private static readonly TensorFormat[] Every = [.. Enum.GetValues<TensorFormat>().Where(format => format != TensorFormat.Auto)];
    private static readonly (int Outputs, int Inputs, int Rank)[] Sizes = [(12, 10, 2), (12, 10, 12), (1, 13, 3), (16, 479, 3), (367, 6, 2)];
    private static readonly RandomStream Stream = new(20101208, 5);
    private readonly CpuDevice _device = new(2);
    private readonly LinearScratch _scratch;

    public TensorizedLinearTests() => _scratch = new LinearScratch(_device);

    /// <summary>Gets formats, sizes and starting ranks: small ranks are factored where the format can be, large ones rebuilt.</summary>
    public static TheoryData<TensorFormat, int, int, int> Cases
    {
        get
        {
            TheoryData<TensorFormat, int, int, int> cases = [];
            foreach (TensorFormat format in Every)
            {
                foreach ((int outputs, int inputs, int rank) in Sizes)
                {
                    cases.Add(format, outputs, inputs, rank);
                }
            }

            return cases;
        }
    }

    public static TheoryData<TensorFormat> Formats => [.. Every];

    public void Dispose()
    {
        _scratch.Dispose();
        _device.Dispose();
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void ForwardAndBackward_EveryFormat_AreThoseOfTheDenseWeight(TensorFormat format, int outputs, int inputs, int rank)
    {
        foreach (int pieces in (int[])[1, 2])
        {
            using TensorizedLinear layer = Create(format, outputs, inputs, rank, Activation.Relu);
            using LayerCase layerCase = new(_device, layer, Samples);
            layer.Tensor.BeginStep(Stream, pieces);
            DenseReference expected = new(layerCase, [.. Enumerable.Range(0, pieces).Select(p => Weight(layer, p))]);

            layerCase.Forward();
            layerCase.Backward();

            AssertClose(expected.Output, layerCase.Output, "output");
            AssertClose(expected.InputGradient, layerCase.InputGradient, "input gradient");
            AssertClose(expected.BiasGradient, layer.Bias.Gradient.ToArray(), "bias gradient");
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Backward_EveryFormat_AgreesWithFiniteDifferences(TensorFormat format, int outputs, int inputs, int rank)
    {
        foreach (int pieces in (int[])[1, 2])
        {
            using TensorizedLinear layer = Create(format, outputs, inputs, rank, Activation.None);
            using LayerCase layerCase = new(_device, layer, Samples);
            float[][] means = [.. layer.Tensor.Means().Select(buffer => buffer.ToArray())];
            layer.Tensor.BeginStep(Stream, pieces);
            layerCase.Forward();
            layerCase.Backward();
            float[][] moved = StepWithRateOne(layer, means);
            for (int k = 0; k < means.Length; k++)
            {
                for (int i = 0; i < means[k].Length; i += Math.Max(1, means[k].Length / 9))
                {
                    double expected = (Objective(layer, layerCase, k, i, 0.5f, means, pieces) - Objective(layer, layerCase, k, i, -0.5f, means, pieces)) / 1.0;
                    double actual = (double)means[k][i] - moved[k][i];

                    // The objective is linear in one entry, so a long step is exact: only float32 rounding of sums of order one remains.
                    Assert.True(Math.Abs(actual - expected) <= 2e-4 * (1 + Math.Abs(expected)), $"{pieces} pieces, factor {k}[{i}]: gradient {actual:R}, difference {expected:R}; {layer.Description}");
                }
            }
        }
    }

    [Fact]
    public void Cases_OfThisClass_RunBothWays()
    {
        bool[] isFactored = [.. from format in Every
                                from size in Sizes
                                select LinearCost.Of(Format(format, size.Outputs, size.Inputs, size.Rank), Samples).IsFactored];

        Assert.Contains(true, isFactored);
        Assert.Contains(false, isFactored);
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Forward_WeightPrunedWhole_GivesTheBias(TensorFormat format)
    {
        using TensorizedLinear layer = Create(format, 12, 10, 3, Activation.Relu);
        using LayerCase layerCase = new(_device, layer, Samples);
        layer.Tensor.BecomeZero();
        float[] bias = layer.Bias.Value.ToArray();

        layerCase.Forward();
        layerCase.Backward();

        float[] output = layerCase.Output;
        Assert.All(Enumerable.Range(0, output.Length), i => Assert.Equal(Math.Max(bias[i % 12], 0), output[i]));
        Assert.All(layerCase.InputGradient, gradient => Assert.Equal(0, gradient));
        Assert.Contains("pruned whole", layer.Description, StringComparison.Ordinal);
        Assert.Equal(12, layer.Parameters.Sum(parameter => parameter.StoredElements));
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Step_AfterTheFirst_AllocatesNothing(TensorFormat format)
    {
        foreach (int rank in (int[])[2, 12])
        {
            using TensorizedLinear layer = Create(format, 12, 10, rank, Activation.Relu);
            using LayerCase layerCase = new(_device, layer, Samples);
            layer.Tensor.BeginStep(Stream, 2);

            long bytes = Allocations.Least(() =>
            {
                layerCase.Forward();
                layerCase.Backward();
            });

            Assert.Equal(0, bytes);
        }
    }

    [Theory]
    [InlineData(512, 256)]
    [InlineData(512, 479)]
    [InlineData(479, 367)]
    [InlineData(1, 256)]
    [InlineData(13, 512)]
    public void Create_EveryFormatAndAwkwardSizes_SplitsExactly(int outputs, int inputs)
    {
        foreach (TensorFormat format in Every)
        {
            foreach (int order in (int[])[2, 3])
            {
                LowRankOptions options = new() { Format = format, Order = order, StartRank = 8 };
                LowRankFormat made = LinearFormats.Create(options, outputs, inputs);
                LowRankFormat projection = LinearFormats.Create(options with { Layout = ModeLayout.Projection }, outputs, inputs);

                Assert.Equal(outputs, made.RowModes.Aggregate(1L, (product, mode) => product * mode));
                Assert.Equal((outputs, inputs), (made.Rows, made.Columns));
                Assert.Equal(outputs, projection.RowModes.Aggregate(1L, (product, mode) => product * mode));
                Assert.True(made.Parameters <= projection.Parameters, $"{made} stores {made.Parameters} numbers, {projection} {projection.Parameters}.");
            }
        }
    }

    [Fact]
    public void Create_GivenModesWithPadding_AreRefused()
    {
        LowRankOptions options = new() { RowModes = [4, 4], ColumnModes = [2, 5] };

        Assert.Contains("must make the layer's 15 outputs exactly", Assert.Throws<ArgumentException>(() => LinearFormats.Create(options, 15, 10)).Message, StringComparison.Ordinal);
    }

    private static void AssertClose(double[] expected, float[] actual, string what)
    {
        double largest = expected.Max(Math.Abs);
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.True(Math.Abs(expected[i] - actual[i]) <= 1e-5 * (1 + largest), $"{what}[{i}] is {actual[i]:R}, the definition gives {expected[i]:R}.");
        }
    }

    private static float[][] StepWithRateOne(TensorizedLinear layer, float[][] means)
    {
        // SGD with rate 1 and no prior moves every mean by minus its gradient.
        layer.Tensor.Step(new StepContext { Step = 1, LearningRateFactor = 1, GradientScale = 1, KlWeight = 0, BatchSize = Samples });
        float[][] moved = [.. layer.Tensor.Means().Select(buffer => buffer.ToArray())];
        for (int k = 0; k < means.Length; k++)
        {
            layer.Tensor.Means()[k].CopyFrom(means[k]);
        }

        return moved;
    }

    private static double Objective(TensorizedLinear layer, LayerCase layerCase, int k, int i, float change, float[][] means, int pieces)
    {
        float[] values = [.. means[k]];
        values[i] += change;
        layer.Tensor.Means()[k].CopyFrom(values);
        layer.Tensor.BeginStep(Stream, pieces);
        layerCase.Forward();
        layer.Tensor.Means()[k].CopyFrom(means[k]);
        return layerCase.Output.Zip(layerCase.Weights, static (y, weight) => (double)y * weight).Sum();
    }

    private static LowRankFormat Format(TensorFormat format, int outputs, int inputs, int rank) =>
        LinearFormats.Create(new LowRankOptions { Format = format, Order = 2, StartRank = rank }, outputs, inputs);

    private TensorizedLinear Create(TensorFormat format, int outputs, int inputs, int rank, Activation activation)
    {
        OptimizerOptions optimizer = new() { Kind = OptimizerKind.Sgd, LearningRate = 1 };
        RankPriorOptions prior = new() { Inference = InferenceKind.Svi, LogDeviationLearningRate = 1e-9 };
        return new TensorizedLinear(_device, "top.0", Format(format, outputs, inputs, rank), activation, optimizer, optimizer, prior, Stream, _scratch);
    }

    /// <summary>Evaluates the weight of one draw row by row: what the format's own tests check against its definition.</summary>
    private double[] Weight(TensorizedLinear layer, int piece)
    {
        using RowGroups groups = new(_device);
        using IRowEvaluator evaluator = layer.Tensor.Format.CreateRowEvaluator(_device);
        using DeviceBuffer<float> rows = _device.Allocate<float>((long)layer.Outputs * layer.Inputs);
        _device.GroupRows(AllRows.Of(layer.Outputs), groups);
        evaluator.Rows(layer.Tensor.Format, layer.Tensor.Factors(piece), groups, new Matrix(rows, layer.Outputs, layer.Inputs));
        return Array.ConvertAll(rows.ToArray(), value => (double)value);
    }
}
