using Dlrm.Embeddings.Tests.Formats;
using Dlrm.Numerics;
using Dlrm.Numerics.Cpu;

namespace Dlrm.Embeddings.Tests.Bayesian;

/// <summary>The evidence lower bound of a small regression, estimated by its definition: it is what training raises.</summary>
public sealed class EvidenceBoundTests : IDisposable
{
    private const double Noise = 0.3;
    private const int SeenRows = 20;
    private static readonly RandomStream Stream = new(20210405, 3);
    private readonly CpuDevice _device = new(1);
    private readonly LowRankFormat _format = new TtmFormat(new TtmShape(24, [4, 6], [2, 2], [1, 3, 1]));

    public void Dispose() => _device.Dispose();

    [Fact]
    public void Step_FullKlWeightAndFixedRankParameters_RaisesTheBound()
    {
        // γ so small that λ stays where it starts.
        using TensorEmbeddingBag bag = Bag(damping: 1e-12);
        double[] lambda = bag.Tensor.RankParameters(0).ToArray();
        PlantedTensor planted = new(_device, _format, Noise, (SeenRows + 0.5) / 24, seed: 3);
        List<(double Mean, double Error)> bounds = [Bound(bag, planted)];
        for (int stage = 0; stage < 4; stage++)
        {
            Train(bag, planted, firstStep: 1 + (200 * stage), steps: 200);
            bounds.Add(Bound(bag, planted));
        }

        for (int stage = 1; stage < bounds.Count; stage++)
        {
            double error = Math.Sqrt((bounds[stage].Error * bounds[stage].Error) + (bounds[stage - 1].Error * bounds[stage - 1].Error));
            Assert.True(bounds[stage].Mean > bounds[stage - 1].Mean - (3 * error), $"Stage {stage}: {string.Join(", ", bounds)}.");
        }

        Assert.True(bounds[^1].Mean > bounds[0].Mean + 100, $"{string.Join(", ", bounds)}.");
        Assert.Equal(lambda, bag.Tensor.RankParameters(0).ToArray().Select(value => value), (expected, actual) => Math.Abs(expected - actual) < 1e-6 * expected);
    }

    [Fact]
    public void Step_EntriesThatNoDataTouch_TakeThePriorsDeviation()
    {
        using TensorEmbeddingBag bag = Bag(damping: 1e-12);
        PlantedTensor planted = new(_device, _format, Noise, 0.5, seed: 3);

        // Rows 0 to 17 have first digits 0 to 2: slab 3 of core 0 is never touched.
        Train(bag, planted, firstStep: 1, steps: 1500, largestRow: 17);

        MemoryState state = new();
        bag.Tensor.Save(state, StateParts.Values | StateParts.Posterior);
        float[] mean = state.Values("t.core.0");
        float[] logDeviation = state.Values("t.core.0.log_deviation");
        for (int entry = 3 * mean.Length / 4; entry < mean.Length; entry++)
        {
            double prior = Math.Sqrt(bag.Tensor.RankParameters(0)[entry % 3]);
            Assert.InRange(Math.Exp(logDeviation[entry]), 0.97 * prior, 1.03 * prior);
            Assert.InRange(mean[entry] / prior, -0.05, 0.05);
        }
    }

    private TensorEmbeddingBag Bag(double damping) => new(
        _device,
        new BayesianTensor(_device, "t", _format, new OptimizerOptions { Kind = OptimizerKind.Adam, LearningRate = 0.01 }, new RankPriorOptions { Damping = damping, InitialDeviation = 0.1 }, Stream, entryDeviation: 1),
        PoolingType.Sum);

    /// <summary>Takes full-batch steps with β = 1 on the observed entries, squared error over 2τ².</summary>
    private void Train(TensorEmbeddingBag bag, PlantedTensor planted, int firstStep, int steps, long largestRow = long.MaxValue)
    {
        (long[] ids, float[] targets) = Data(planted, largestRow);
        using DeviceBuffer<float> buffer = _device.Allocate<float>(targets.Length);
        Matrix matrix = new(buffer, ids.Length, bag.EmbeddingDim);
        JaggedIndices rows = JaggedIndices.OneHot(ids);
        for (int step = firstStep; step < firstStep + steps; step++)
        {
            bag.Tensor.BeginStep(Stream.Derive((ulong)step), pieces: 1);
            bag.Tensor.ClearGradient();
            bag.Forward(rows, matrix);
            buffer.CopyFrom([.. buffer.ToArray().Zip(targets, (value, target) => value - target)]);
            bag.Backward(matrix);
            bag.Tensor.Step(new StepContext
            {
                Step = step,
                LearningRateFactor = 1,
                GradientScale = (float)(1 / (Noise * Noise * targets.Length)),
                KlWeight = 1.0 / targets.Length,
                BatchSize = targets.Length,
            });
        }
    }

    /// <summary>Estimates E_q[ln p(y|Φ)] − KL up to a constant, with draws that no step uses.</summary>
    private (double Mean, double Error) Bound(TensorEmbeddingBag bag, PlantedTensor planted)
    {
        const int Draws = 200;
        (long[] ids, float[] targets) = Data(planted, long.MaxValue);
        double[] samples = new double[Draws];
        for (int s = 0; s < Draws; s++)
        {
            bag.Tensor.BeginStep(Stream.Derive(1_000_000 + (ulong)s), pieces: 1);
            float[][] draw = [.. bag.Tensor.Factors(0).ToArray().Select(factor => factor.ToArray())];
            for (int i = 0; i < targets.Length; i++)
            {
                double difference = targets[i] - TensorDefinition.Entry(_format, draw, ids[i / _format.Columns], i % _format.Columns);
                samples[s] -= difference * difference / (2 * Noise * Noise);
            }
        }

        double average = samples.Average();
        double error = Math.Sqrt(samples.Sum(value => (value - average) * (value - average)) / (Draws - 1) / Draws);
        return (average - bag.Tensor.KlDivergence(), error);
    }

    private (long[] Ids, float[] Targets) Data(PlantedTensor planted, long largestRow)
    {
        int columns = _format.Columns;
        long[] seen = planted.SeenRows.ToArray();
        float[] observed = planted.Observed.ToArray();
        int[] used = [.. Enumerable.Range(0, seen.Length).Where(n => seen[n] <= largestRow)];
        return ([.. used.Select(n => seen[n])], [.. used.SelectMany(n => observed[(n * columns)..((n + 1) * columns)])]);
    }
}
