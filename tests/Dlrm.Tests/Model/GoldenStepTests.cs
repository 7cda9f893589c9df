using Dlrm.Embeddings;
using Dlrm.Numerics;
using Dlrm.Numerics.Cpu;
using Dlrm.TestSupport;
using Dlrm.Training;

namespace Dlrm.Tests.Model;

/// <summary>Compares one step with the numbers that the reference DLRM in PyTorch gave.</summary>
public sealed class GoldenStepTests
{
    private const int Tables = 7;
    private const int Samples = 128;

    [SkippableFact]
    public void Forward_ReferenceWeights_GivesEveryIntermediateOfTheReference()
    {
        string folder = SharedData.Require("dlrm-reference/npy_single");
        using CpuDevice device = new(2);
        using DlrmModel model = Load(device, folder);
        model.Forward(ReadBatch(folder));
        double loss = model.Loss() / Samples;
        float[] probabilities = new float[Samples];
        model.CopyProbabilities(probabilities);

        InteractionArch interaction = model.Interaction;
        float[] output = interaction.Output.Buffer.ToArray();
        AssertClose(folder, "concatenated_result", interaction.Features.Buffer.ToArray(), 1e-6);
        AssertClose(folder, "mlp_bottom", Columns(interaction.Features.Buffer.ToArray(), 8 * 16, 0, 16), 1e-6);
        AssertClose(folder, "zflat", Columns(output, 44, 16, 28), 1e-6);
        AssertPairs(folder, Columns(output, 44, 16, 28), 1e-6);
        AssertClose(folder, "output_interaction", output, 1e-6);
        AssertClose(folder, "mlp_top", probabilities, 1e-6);
        AssertClose(folder, "loss", [(float)loss], 1e-6);
    }

    [SkippableFact]
    public void Step_SgdWithLearningRateTen_GivesTheWeightsOfTheReference()
    {
        string folder = SharedData.Require("dlrm-reference/npy_single");
        using CpuDevice device = new(2);
        using DlrmModel model = Load(device, folder);
        model.Forward(ReadBatch(folder));
        model.Loss();
        model.ClearGradients();
        model.Backward();
        foreach (Parameter parameter in model.Parameters)
        {
            parameter.Step(new StepContext { Step = 1, LearningRateFactor = 1, GradientScale = 1, KlWeight = 0, BatchSize = Samples });
        }

        foreach ((string name, _, string updated) in Names())
        {
            AssertClose(folder, updated, Support.Models.Read(model, name), 1e-5);
        }
    }

    /// <summary>Compares the pairs with both triangles of the reference's Gram matrix (B, 8, 8); ours never computes the mirrored half.</summary>
    private static void AssertPairs(string folder, float[] pairs, double tolerance)
    {
        (long[] shape, float[] gram) = NpyFile.ReadFloats(Path.Combine(folder, "zpre.npy"));
        Assert.Equal([Samples, Tables + 1, Tables + 1], shape);
        int position = 0;
        for (int b = 0; b < Samples; b++)
        {
            for (int i = 1; i <= Tables; i++)
            {
                for (int j = 0; j < i; j++, position++)
                {
                    Assert.InRange(pairs[position] - gram[(((b * 8) + i) * 8) + j], -tolerance, tolerance);
                    Assert.InRange(pairs[position] - gram[(((b * 8) + j) * 8) + i], -tolerance, tolerance);
                }
            }
        }
    }

    private static DlrmModel Load(CpuDevice device, string folder)
    {
        OptimizerOptions sgd = new() { Kind = OptimizerKind.Sgd, LearningRate = 10 };
        DlrmOptions options = new()
        {
            Model = new ModelOptions { EmbeddingDim = 16, BottomMlp = [512, 256, 64, 16], TopMlp = [512, 256], Tables = new TableOptions { Kind = TableKind.Dense } },
            Training = new TrainingOptions { MlpOptimizer = sgd, TableOptimizer = sgd },
        };
        DlrmModel model = new(device, options, new ModelInputs(13, [.. Enumerable.Range(0, Tables).Select(t => $"{t}")], [.. Enumerable.Repeat(1000L, Tables)]));
        using MemoryState state = new(device);
        foreach ((string name, string initial, _) in Names())
        {
            (long[] shape, float[] values) = NpyFile.ReadFloats(Path.Combine(folder, initial + ".npy"));
            using DeviceBuffer<float> buffer = device.Allocate<float>(values.Length);
            buffer.CopyFrom(values);
            state.Write(name, shape, buffer);
        }

        model.Load(state, StateParts.Values);
        return model;
    }

    private static Batch ReadBatch(string folder)
    {
        Batch batch = new(13, Tables);
        batch.Resize(Samples);
        NpyFile.ReadFloats(Path.Combine(folder, "labels.npy")).Values.CopyTo(batch.Labels);
        NpyFile.ReadFloats(Path.Combine(folder, "input_bot.npy")).Values.CopyTo(batch.Dense);
        for (int t = 0; t < Tables; t++)
        {
            batch.Sparse[t] = JaggedIndices.OneHot(NpyFile.ReadIntegers(Path.Combine(folder, $"input_emb_{t}.npy")).Values);
        }

        return batch;
    }

    /// <summary>Our name, the file of the start, the file after the step (which counts activations as layers).</summary>
    private static IEnumerable<(string Name, string Initial, string Updated)> Names()
    {
        foreach ((string ours, string theirs, string updated, int layers) in new[] { ("bottom", "bot_l", "update_bot", 4), ("top", "top_l", "update_top", 3) })
        {
            for (int k = 0; k < layers; k++)
            {
                yield return ($"{ours}.{k}.weight", $"{theirs}.{k}.weight", $"{updated}_{2 * k}.weight");
                yield return ($"{ours}.{k}.bias", $"{theirs}.{k}.bias", $"{updated}_{2 * k}.bias");
            }
        }

        for (int t = 0; t < Tables; t++)
        {
            yield return ($"tables.{t}", $"emb_{t}", $"update_emb_{t}");
        }
    }

    private static float[] Columns(float[] matrix, int stride, int first, int count) =>
        [.. Enumerable.Range(0, matrix.Length / stride).SelectMany(b => matrix.AsSpan((b * stride) + first, count).ToArray())];

    private static void AssertClose(string folder, string name, float[] actual, double tolerance)
    {
        float[] expected = NpyFile.ReadFloats(Path.Combine(folder, name + ".npy")).Values;
        Assert.Equal(expected.Length, actual.Length);
        double worst = expected.Zip(actual, (e, a) => Math.Abs((double)e - a)).Max();
        Assert.True(worst <= tolerance, $"{name}: largest difference {worst:E2}, allowed {tolerance:E0}.");
    }
}
