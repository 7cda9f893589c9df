using Dlrm.Embeddings;
using Dlrm.Numerics;
using Dlrm.Numerics.Cpu;

namespace Dlrm.Tests.Sharding;

/// <summary>Tables spread over workers against the same table whole.</summary>
public sealed class ShardedEmbeddingBagTests
{
    private const int Rows = 101;
    private const int Dim = 12;
    private static readonly RandomStream Stream = new(20210405, 3);
    private static readonly OptimizerOptions Sgd = new() { Kind = OptimizerKind.Sgd, LearningRate = 1 };

    public static TheoryData<string, int> Jobs
    {
        get
        {
            TheoryData<string, int> jobs = [];
            foreach (string kind in (string[])["mixed", "one owner", "idle worker", "empty"])
            {
                foreach (int workers in (int[])[1, 2, 3])
                {
                    jobs.Add(kind, workers);
                }
            }

            return jobs;
        }
    }

    [Theory]
    [MemberData(nameof(Jobs))]
    public void Forward_AnyWorkers_HasTheBitsOfTheWholeTable(string kind, int workers)
    {
        foreach (PoolingType pooling in Enum.GetValues<PoolingType>())
        {
            float[][] outputs = ShardWorker.Run(workers, worker =>
            {
                using ShardedEmbeddingBag bag = Sharded(worker, Sgd, pooling);
                return Forward(worker.Device, bag, JobBags.Make(kind, worker.Exchange.Worker, workers, Rows, 1));
            });

            using CpuDevice device = new(1);
            using DenseEmbeddingBag whole = Whole(device, Sgd, pooling);
            for (int part = 0; part < workers; part++)
            {
                float[] expected = Forward(device, whole, JobBags.Make(kind, part, workers, Rows, 1));
                Assert.Equal(expected.Select(BitConverter.SingleToInt32Bits), outputs[part].Select(BitConverter.SingleToInt32Bits));
            }
        }
    }

    [Theory]
    [InlineData(OptimizerKind.Sgd, 1)]
    [InlineData(OptimizerKind.Sgd, 2)]
    [InlineData(OptimizerKind.Sgd, 3)]
    [InlineData(OptimizerKind.RowwiseAdagrad, 1)]
    [InlineData(OptimizerKind.RowwiseAdagrad, 2)]
    [InlineData(OptimizerKind.RowwiseAdagrad, 3)]
    [InlineData(OptimizerKind.Adagrad, 2)]
    [InlineData(OptimizerKind.Adam, 3)]
    public void Step_FiftyTimes_AgreesWithTheWholeTable(OptimizerKind kind, int workers)
    {
        OptimizerOptions optimizer = new() { Kind = kind, LearningRate = 0.05 };
        foreach (string bags in (string[])["mixed", "one owner", "idle worker"])
        {
            (Dictionary<string, float[]> State, double[] Squares)[] results = ShardWorker.Run(workers, worker =>
            {
                using ShardedEmbeddingBag bag = Sharded(worker, optimizer, PoolingType.Mean);
                int part = worker.Exchange.Worker;
                double[] squares = [.. Enumerable.Range(1, 50).Select(step =>
                {
                    JaggedIndices own = JobBags.Make(bags, part, workers, Rows, step);
                    return Train(worker.Device, bag, own, JobBags.Gradient(part, own.Bags, Dim, step), step);
                })];
                return (worker.Read(bag.Parameters[0]), squares);
            });

            using CpuDevice device = new(1);
            using DenseEmbeddingBag whole = Whole(device, optimizer, PoolingType.Mean);
            for (int step = 1; step <= 50; step++)
            {
                JaggedIndices[] parts = [.. Enumerable.Range(0, workers).Select(part => JobBags.Make(bags, part, workers, Rows, step))];
                float[] gradient = [.. parts.SelectMany((own, part) => JobBags.Gradient(part, own.Bags, Dim, step))];
                double squares = Train(device, whole, JobBags.Join(parts), gradient, step);

                // The norm that a gradient is clipped by is that of the whole table, the same on every worker.
                Assert.All(results, result => Assert.Equal(results[0].Squares[step - 1], result.Squares[step - 1]));
                Assert.InRange(results[0].Squares[step - 1], squares * (1 - 1e-5), squares * (1 + 1e-5));
            }

            TableWriter expected = new();
            whole.Parameters[0].Save(expected, StateParts.All);
            Assert.Equal(expected.Tensors.Keys, results[0].State.Keys);
            foreach ((string name, float[] values) in expected.Tensors)
            {
                double norm = Math.Sqrt(values.Sum(value => (double)value * value));
                double difference = Math.Sqrt(values.Zip(results[0].State[name], (a, b) => ((double)a - b) * (a - b)).Sum());
                Assert.True(difference <= 1e-5 * norm, $"{kind}, {workers} workers, {bags}, {name}: {difference} of {norm}");
            }
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void Backward_AllWorkers_AgreesWithFiniteDifferences(int workers)
    {
        const float Width = 0.25f;
        (double[] Differences, float[] Gradients)[] results = ShardWorker.Run(workers, worker =>
        {
            using ShardedEmbeddingBag bag = Sharded(worker, Sgd, PoolingType.Mean);
            JaggedIndices bags = JobBags.Make("mixed", worker.Exchange.Worker, workers, Rows, 1);
            float[] weights = JobBags.Gradient(worker.Exchange.Worker, bags.Bags, Dim, 1);
            TableWriter table = new();
            worker.Shards.Lead(() => bag.Parameters[0].Save(table, StateParts.All));
            float[] start = [.. Share(worker, table.Tensors.GetValueOrDefault("tables.A"))];

            // The loss of the job: Σ over workers of Σ weights · output; every tenth number of the table is moved.
            List<double> differences = [];
            for (int place = 3; place < Rows * Dim; place += 10)
            {
                double up = Loss(worker, bag, bags, weights, start, place, Width);
                double down = Loss(worker, bag, bags, weights, start, place, -Width);
                differences.Add((up - down) / (2 * Width));
            }

            Loss(worker, bag, bags, weights, start, 0, 0);
            Train(worker.Device, bag, bags, weights, step: 1);
            float[] after = [.. Share(worker, worker.Read(bag.Parameters[0]).GetValueOrDefault("tables.A"))];
            return (differences.ToArray(), start.Zip(after, (from, to) => from - to).ToArray());
        });

        double[] expected = results[0].Differences;
        Assert.Contains(expected, value => Math.Abs(value) > 0.1);
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.InRange(results[0].Gradients[3 + (10 * i)], expected[i] - 1e-5, expected[i] + 1e-5);
        }
    }

    [Theory]
    [InlineData(OptimizerKind.Sgd, 0)]
    [InlineData(OptimizerKind.RowwiseAdagrad, 1)]
    [InlineData(OptimizerKind.Adagrad, Dim)]
    [InlineData(OptimizerKind.Adam, 2 * Dim)]
    public void Parameter_OfThreeWorkers_HoldsAThirdOfRowsAndState(OptimizerKind kind, int stateOfARow)
    {
        (long Stored, long Working, long[] Held)[] results = ShardWorker.Run(3, worker =>
        {
            using ShardedEmbeddingBag bag = Sharded(worker, new OptimizerOptions { Kind = kind }, PoolingType.Sum);
            HeldRows held = new();
            bag.Parameters[0].Save(held, StateParts.All);
            return (bag.Parameters[0].StoredElements, bag.Parameters[0].WorkingBytes, held.Lengths.ToArray());
        });

        // 101 rows over three workers: 34, 34, 33.
        Assert.All(results, result => Assert.Equal(Rows * Dim, result.Stored));
        Assert.Equal([34L * Dim, 34 * Dim, 33 * Dim], results.Select(result => result.Held[0]));
        Assert.Equal([34L * stateOfARow, 34 * stateOfARow, 33 * stateOfARow], results.Select(result => result.Held.Skip(1).Sum()));
        Assert.Equal([34L * stateOfARow * 4, 34 * stateOfARow * 4, 33 * stateOfARow * 4], results.Select(result => result.Working));
    }

    [Fact]
    public void Create_DenseTables_AreSpreadAboveTheLimitWithMoreThanOneWorker()
    {
        Assert.Equal(["dense 50 × 12", "dense 51 × 12", "dense 51 × 12, 9 rarer ids as id 0"], ShardWorker.Run(1, Descriptions)[0]);
        Assert.Equal(["dense 50 × 12", "dense 51 × 12, rows over 2 workers", "dense 51 × 12, rows over 2 workers, 9 rarer ids as id 0"], ShardWorker.Run(2, Descriptions)[0]);

        static string[] Descriptions(ShardWorker worker)
        {
            TableSharding sharding = new(worker.Shards, Above: 50);
            (long Rows, long Kept)[] tables = [(50, 0), (51, 0), (60, 51)];
            return [.. tables.Select(table => Describe(worker, table, sharding))];
        }

        static string Describe(ShardWorker worker, (long Rows, long Kept) table, TableSharding sharding)
        {
            TableOptions options = new() { Kind = TableKind.Dense, KeptRows = table.Kept };
            using IEmbeddingBag bag = EmbeddingBagFactory.Create(worker.Device, "tables.A", table.Rows, Dim, options, Sgd, Sgd, new RankPriorOptions(), Stream, sharding);
            return bag.Description;
        }
    }

    private static ShardedEmbeddingBag Sharded(ShardWorker worker, OptimizerOptions optimizer, PoolingType pooling) =>
        new(worker.Device, worker.Shards, "tables.A", Rows, Dim, pooling, optimizer, Stream);

    private static DenseEmbeddingBag Whole(CpuDevice device, OptimizerOptions optimizer, PoolingType pooling) =>
        new(device, "tables.A", Rows, Dim, pooling, optimizer, Stream);

    private static float[] Forward(CpuDevice device, IEmbeddingBag bag, JaggedIndices bags)
    {
        using DeviceBuffer<float> output = device.Allocate<float>(bags.Bags * Dim);
        bag.Forward(bags, new Matrix(output, bags.Bags, Dim));
        return output.ToArray();
    }

    /// <summary>Takes one step; gives the sum of squares of the gradient.</summary>
    private static double Train(CpuDevice device, IEmbeddingBag bag, JaggedIndices bags, float[] gradient, int step)
    {
        Parameter parameter = bag.Parameters[0];
        using DeviceBuffer<float> buffer = device.Allocate<float>(gradient.Length);
        buffer.CopyFrom(gradient);
        Forward(device, bag, bags);
        parameter.ClearGradient();
        bag.Backward(new Matrix(buffer, bags.Bags, Dim));
        double squares = parameter.GradientSumOfSquares();
        parameter.Step(new StepContext { Step = step, LearningRateFactor = 1, GradientScale = 1, KlWeight = 0, BatchSize = Math.Max(1, bags.Bags) });
        return squares;
    }

    private static double Loss(ShardWorker worker, ShardedEmbeddingBag bag, JaggedIndices bags, float[] weights, float[] start, int place, float change)
    {
        TableWriter table = new();
        table.Shapes["tables.A"] = [Rows, Dim];
        table.Tensors["tables.A"] = [.. start];
        table.Tensors["tables.A"][place] += change;
        bag.Parameters[0].Load(table, StateParts.Values);
        float[] output = Forward(worker.Device, bag, bags);
        return worker.Exchange.Sum(output.Zip(weights, (value, weight) => (double)value * weight).Sum());
    }

    /// <summary>Gives every worker the table that worker 0 has.</summary>
    private static float[] Share(ShardWorker worker, float[]? table)
    {
        float[] shared = table ?? new float[Rows * Dim];
        worker.Communicator.Broadcast(System.Runtime.InteropServices.MemoryMarshal.AsBytes(shared.AsSpan()), root: 0);
        return shared;
    }

    /// <summary>Counts the numbers that a worker holds of each tensor.</summary>
    private sealed class HeldRows : IStateWriter
    {
        internal List<long> Lengths { get; } = [];

        public void Write(string name, ReadOnlySpan<long> shape, DeviceBuffer<float> values) => throw new NotSupportedException(name);

        public void Write(string name, ReadOnlySpan<long> shape, ShardedRows values) => Lengths.Add(values.Local.Length);

        public void Write(string name, ReadOnlySpan<double> values) => throw new NotSupportedException(name);

        public void Write(string name, ReadOnlySpan<long> values) => throw new NotSupportedException(name);
    }
}
