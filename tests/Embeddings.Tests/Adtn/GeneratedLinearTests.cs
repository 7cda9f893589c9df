using Dlrm.Embeddings.Tests.Linear;
using Dlrm.Numerics;
using Dlrm.Numerics.Cpu;

namespace Dlrm.Embeddings.Tests.Adtn;

/// <summary>Layers whose weight is rebuilt, against finite differences and the dense product.</summary>
public sealed class GeneratedLinearTests : IDisposable
{
    private const int Samples = 7;
    private const int Outputs = 6;
    private const int Inputs = 11;
    private static readonly OptimizerOptions Sgd = new() { Kind = OptimizerKind.Sgd, LearningRate = 1 };
    private readonly CpuDevice _device = new(2);

    /// <summary>Gets kinds of weights, as they are and transposed.</summary>
    public static TheoryData<string, bool> Cases => new() { { "adtn", false }, { "adtn", true }, { "quantised", false }, { "quantised", true }, { "matrix", false } };

    public void Dispose() => _device.Dispose();

    [Theory]
    [MemberData(nameof(Cases))]
    public void Forward_EveryKind_IsTheProductWithTheRebuiltWeight(string kind, bool isTransposed)
    {
        using GeneratedLinear layer = Create(kind, isTransposed);
        using LayerCase layerCase = new(_device, layer, Samples);

        layerCase.Forward();

        float[] weight = AdtnTensorTests.Read(layer.Weight);
        float[] bias = layer.Bias.Value.ToArray();
        for (int b = 0; b < Samples; b++)
        {
            for (int o = 0; o < Outputs; o++)
            {
                double expected = bias[o];
                for (int i = 0; i < Inputs; i++)
                {
                    expected += layerCase.Input[(b * Inputs) + i] * weight[isTransposed ? (i * Outputs) + o : (o * Inputs) + i];
                }

                Assert.Equal(expected, layerCase.Output[(b * Outputs) + o], 1e-4);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Backward_EveryKind_AgreesWithFiniteDifferences(string kind, bool isTransposed)
    {
        using GeneratedLinear layer = Create(kind, isTransposed);
        using LayerCase layerCase = new(_device, layer, Samples);
        layerCase.Forward();
        layerCase.Backward();
        float[] gradients = layer.Weight.Values.Gradient.ToArray();
        float[] values = layer.Weight.Values.Value.ToArray();

        for (int i = 0; i < values.Length; i++)
        {
            // With one layer the objective is linear in one number, so a long step is exact: only float32 rounding of sums remains.
            double expected = Objective(i, 0.5f) - Objective(i, -0.5f);
            Assert.True(Math.Abs(gradients[i] - expected) <= 1e-4 * (1 + Math.Abs(expected)), $"number {i}: gradient {gradients[i]:R}, difference {expected:R}");
        }

        double Objective(int position, float step)
        {
            float[] moved = [.. values];
            moved[position] += step;
            layer.Weight.Values.Value.CopyFrom(moved);
            layer.Weight.Invalidate();
            layerCase.Forward();
            return layerCase.Weights.Zip(layerCase.Output, static (weight, output) => (double)weight * output).Sum();
        }
    }

    [Fact]
    public void Step_OfTheWeight_RebuildsItOnce()
    {
        using GeneratedLinear layer = Create("adtn", isTransposed: false);
        using LayerCase layerCase = new(_device, layer, Samples);
        layerCase.Forward();
        layerCase.Backward();
        float[] before = AdtnTensorTests.Read(layer.Weight);

        layer.Weight.Step(new StepContext { Step = 1, LearningRateFactor = 1e-3f, GradientScale = 1, KlWeight = 0, BatchSize = Samples });

        Assert.NotEqual(before, AdtnTensorTests.Read(layer.Weight));
    }

    [Fact]
    public void Load_OfWhatWasSaved_GivesTheSameWeight()
    {
        using GeneratedLinear layer = Create("adtn", isTransposed: false);
        using AdtnTensor other = AdtnTensorTests.Create(Outputs, Inputs, 1, _device, seed: 9);
        MemoryState state = new();
        layer.Weight.Save(state, StateParts.Values);

        other.Load(state, StateParts.Values);

        Assert.Equal(AdtnTensorTests.Read(layer.Weight), AdtnTensorTests.Read(other));
    }

    private GeneratedLinear Create(string kind, bool isTransposed)
    {
        (int rows, int columns) = isTransposed ? (Inputs, Outputs) : (Outputs, Inputs);
        GeneratedLinear layer = new(_device, "fc.0", Weight(), isTransposed, Activation.None, Sgd);
        layer.Bias.Value.CopyFrom([.. Enumerable.Range(0, Outputs).Select(o => 0.1f * o)]);
        return layer;

        GeneratedWeight Weight()
        {
            if (kind == "adtn")
            {
                AdtnTensor tensor = new(_device, "w", new AdtnShape(Outputs * Inputs, 1), rows, columns, Sgd);
                tensor.Initialize(new RandomStream(5, 0), 3);
                return tensor;
            }

            TensorTrainWeight train = kind == "matrix" ? new(_device, "w", [rows, columns], [1, 3, 1], rows, columns, Sgd)
                : new(_device, "w", [.. Enumerable.Repeat(2, 7)], [1, 2, 4, 4, 4, 3, 2, 1], rows, columns, Sgd);
            _device.FillNormal(train.Values.Value, new RandomStream(6, 0), 0.7f);
            return train;
        }
    }
}
