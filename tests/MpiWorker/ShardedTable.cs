using System.Globalization;
using Dlrm.Checkpoints;
using Dlrm.Embeddings;
using Dlrm.Numerics;
using Dlrm.Numerics.Cpu;
using Dlrm.Training;

namespace Dlrm.Distributed.Tests;

/// <summary>A dense table whose rows are spread over processes: the same numbers as a whole one, in a part of the memory.</summary>
internal static class ShardedTable
{
    private const int Dim = 128;
    private static readonly RandomStream Stream = new(20210405, 3);
    private static readonly OptimizerOptions Optimizer = new() { Kind = OptimizerKind.RowwiseAdagrad, LearningRate = 0.05 };

    /// <summary>Trains a small table beside a whole one; every worker calls this.</summary>
    /// <param name="communicator">The workers.</param>
    /// <returns>The largest difference between the two after 50 steps, on worker 0; 0 on the others.</returns>
    internal static double LargestDifference(ICommunicator communicator)
    {
        const int Rows = 307;
        using CpuDevice device = new(1);
        RowShards shards = new(new CommunicatorRowExchange(communicator));
        using ShardedEmbeddingBag spread = new(device, shards, "table", Rows, Dim, PoolingType.Sum, Optimizer, Stream);
        using DenseEmbeddingBag whole = new(device, "table", Rows, Dim, PoolingType.Sum, Optimizer, Stream);
        for (int step = 1; step <= 50; step++)
        {
            int[] bags = [.. Enumerable.Range(0, communicator.WorldSize).Select(worker => 40 * ((worker + step) % 3))];
            Train(device, spread, Ids(communicator.Rank, step, bags[communicator.Rank], Rows), Gradient(communicator.Rank, step, bags[communicator.Rank]), step);
            Train(device, whole, [.. bags.SelectMany((count, worker) => Ids(worker, step, count, Rows))], [.. bags.SelectMany((count, worker) => Gradient(worker, step, count))], step);
        }

        double largest = 0;
        shards.Lead(() => largest = Difference(spread, (TableParameter)whole.Parameters[0]));
        return largest;
    }

    /// <summary>Makes a large table, takes a step and writes it as a file would be; every worker calls this.</summary>
    /// <param name="communicator">The workers.</param>
    /// <returns>By how many bytes this process grew at most, and the bytes of the whole table.</returns>
    internal static (long Grown, long Whole) Memory(ICommunicator communicator)
    {
        const int Rows = 400_000;
        using CpuDevice device = new(1);
        RowShards shards = new(new CommunicatorRowExchange(communicator));
        long before = PeakBytes();
        using ShardedEmbeddingBag bag = new(device, shards, "table", Rows, Dim, PoolingType.Sum, Optimizer, Stream);
        Train(device, bag, Ids(communicator.Rank, 1, 1000, Rows), Gradient(communicator.Rank, 1, 1000), step: 1);
        shards.Lead(() => SafetensorsWriter.Save(System.IO.Stream.Null, writer => bag.Parameters[0].Save(writer, StateParts.All)));
        return (PeakBytes() - before, (long)Rows * Dim * sizeof(float));
    }

    private static long[] Ids(int worker, int step, int count, int rows)
    {
        Random random = new((1000 * step) + worker);
        return [.. Enumerable.Range(0, count).Select(_ => (long)Math.Pow(rows, random.NextDouble()) - 1)];
    }

    private static float[] Gradient(int worker, int step, int count)
    {
        Random random = new((1000 * step) + worker + 500);
        return [.. Enumerable.Range(0, count * Dim).Select(_ => random.NextSingle() - 0.5f)];
    }

    private static void Train(CpuDevice device, IEmbeddingBag bag, long[] ids, float[] gradient, int step)
    {
        using DeviceBuffer<float> output = device.Allocate<float>((long)ids.Length * Dim);
        Matrix vectors = new(output, ids.Length, Dim);
        bag.Forward(JaggedIndices.OneHot(ids), vectors);
        bag.Parameters[0].ClearGradient();
        output.CopyFrom(gradient);
        bag.Backward(vectors);
        bag.Parameters[0].Step(new StepContext { Step = step, LearningRateFactor = 1, GradientScale = 1, KlWeight = 0, BatchSize = 1 });
    }

    private static double Difference(ShardedEmbeddingBag spread, TableParameter whole)
    {
        RowReader rows = new();
        spread.Parameters[0].Save(rows, StateParts.Values);
        return rows.Values.Zip(whole.Value.ToArray(), (a, b) => (double)Math.Abs(a - b)).Max();
    }

    private static long PeakBytes() => 1024 * long.Parse(
        File.ReadLines("/proc/self/status").First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal)).Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);

    /// <summary>Reads all rows.</summary>
    private sealed class RowReader : IStateWriter
    {
        internal float[] Values { get; private set; } = [];

        public void Write(string name, ReadOnlySpan<long> shape, ShardedRows values)
        {
            Values = new float[values.Rows * values.Columns];
            values.ReadRows(0, Values);
        }

        public void Write(string name, ReadOnlySpan<long> shape, DeviceBuffer<float> values) => throw new NotSupportedException(name);

        public void Write(string name, ReadOnlySpan<double> values) => throw new NotSupportedException(name);

        public void Write(string name, ReadOnlySpan<long> values) => throw new NotSupportedException(name);
    }
}
