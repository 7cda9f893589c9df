using Dlrm.Embeddings;
using Dlrm.Numerics;
using Dlrm.Numerics.Cpu;
using Dlrm.Planning;

namespace Dlrm.CommandLine.Runs;

/// <summary>Measures in a fraction of a second how fast this machine does what a training step is made of.</summary>
/// <remarks>The least of several runs each: what the machine does when nothing else runs. Steps among other work are slower.</remarks>
internal static class SpeedProbe
{
    private const int Batch = 2048;
    private const int Runs = 12;
    private const ulong Seed = 20210405;

    /// <summary>Measures.</summary>
    /// <param name="threads">The threads of the device.</param>
    /// <param name="dim">The embedding dimension.</param>
    /// <param name="time">The clock.</param>
    /// <returns>The rates.</returns>
    internal static StepCost Measure(int threads, int dim, TimeProvider time)
    {
        using CpuDevice device = new(threads);
        return new StepCost(Layers(device, time), Lookups(device, dim, time), Sweeps(device, dim, time), Indices(device, dim, time));
    }

    private static double Layers(CpuDevice device, TimeProvider time)
    {
        const int Size = 256;
        using DeviceBuffer<float> input = device.Allocate<float>(Batch * Size);
        using DeviceBuffer<float> weight = device.Allocate<float>(Size * Size);
        using DeviceBuffer<float> output = device.Allocate<float>(Batch * Size);
        double seconds = Least(time, () => device.Gemm(new Matrix(input, Batch, Size), false, new Matrix(weight, Size, Size), true, new Matrix(output, Batch, Size)));
        return Batch * (double)Size * Size / seconds;
    }

    private static double Lookups(CpuDevice device, int dim, TimeProvider time)
    {
        const int Rows = 1_000_000;
        using IEmbeddingBag bag = Table(device, TableKind.LowRank, Rows, dim);
        using DeviceBuffer<float> output = device.Allocate<float>((long)Batch * dim);
        JaggedIndices ids = Ids(Rows);
        double seconds = Least(time, () => bag.Forward(ids, new Matrix(output, Batch, dim)));
        return Batch * (double)bag.Tensor!.Format.RowMultiplyAdds / seconds;
    }

    private static double Sweeps(CpuDevice device, int dim, TimeProvider time)
    {
        using IEmbeddingBag bag = Table(device, TableKind.LowRank, 1_000_000, dim);
        BayesianTensor tensor = bag.Tensor!;
        ulong step = 0;
        double seconds = Least(time, () =>
        {
            step++;
            tensor.BeginStep(new RandomStream(Seed, step), 1);
            tensor.ClearGradient();
            tensor.GradientSumOfSquares();
            tensor.Step(new StepContext { Step = (long)step, LearningRateFactor = 1, GradientScale = 1, KlWeight = 1e-9, BatchSize = Batch });
        });
        return tensor.StoredElements / seconds;
    }

    private static double Indices(CpuDevice device, int dim, TimeProvider time)
    {
        const int Rows = 10_000;
        using IEmbeddingBag bag = Table(device, TableKind.Dense, Rows, dim);
        using DeviceBuffer<float> output = device.Allocate<float>((long)Batch * dim);
        JaggedIndices ids = Ids(Rows);
        Matrix view = new(output, Batch, dim);
        double seconds = Least(time, () =>
        {
            bag.Forward(ids, view);
            bag.Backward(view);
            bag.Parameters[0].GradientSumOfSquares();
            bag.Parameters[0].Step(new StepContext { Step = 1, LearningRateFactor = 1, GradientScale = 1e-9f, KlWeight = 0, BatchSize = Batch });
        });
        return Batch / seconds;
    }

    private static IEmbeddingBag Table(CpuDevice device, TableKind kind, long rows, int dim) => EmbeddingBagFactory.Create(
        device, "probe", rows, dim, new TableOptions { Kind = kind }, new OptimizerOptions(), new OptimizerOptions { Kind = OptimizerKind.Adam }, new RankPriorOptions(), new RandomStream(Seed, 0));

    private static JaggedIndices Ids(int rows)
    {
        Random random = new((int)Seed);
        return JaggedIndices.OneHot([.. Enumerable.Range(0, Batch).Select(_ => (long)random.Next(rows))]);
    }

    private static double Least(TimeProvider time, Action run)
    {
        double least = double.MaxValue;
        for (int i = 0; i < Runs; i++)
        {
            long start = time.GetTimestamp();
            run();
            least = Math.Min(least, time.GetElapsedTime(start).TotalSeconds);
        }

        return Math.Max(least, 1e-9);
    }
}
