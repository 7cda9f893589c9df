using Dlrm.Numerics;
using Dlrm.Numerics.Cpu;

namespace Dlrm.Embeddings.Tests.Adtn;

/// <summary>ADTNs against their definition by Kronecker products, and what they promise.</summary>
public sealed class AdtnTensorTests : IDisposable
{
    private static readonly OptimizerOptions Adam = new() { Kind = OptimizerKind.Adam, LearningRate = 0.01 };
    private readonly CpuDevice _device = new(2);

    public void Dispose() => _device.Dispose();

    [Theory]
    [InlineData(2, 2, 1)]
    [InlineData(3, 5, 2)]
    [InlineData(7, 9, 3)]
    [InlineData(16, 13, 2)]
    public void Rebuild_SmallMatrix_IsTheDefinition(int rows, int columns, int layers)
    {
        using AdtnTensor tensor = Create(rows, columns, layers, _device);

        float[] actual = Read(tensor);

        double[] expected = Definition(tensor);
        for (int i = 0; i < actual.Length; i++)
        {
            Assert.True(Math.Abs(actual[i] - expected[i]) <= 1e-5, $"number {i}: {actual[i]:R}, expected {expected[i]:R}");
        }
    }

    [Fact]
    public void Rebuild_OneGateScaled_ScalesTheMatrix()
    {
        using AdtnTensor tensor = Create(20, 30, 3, _device);
        float[] before = Read(tensor);
        float[] values = tensor.Values.Value.ToArray();
        int gates = tensor.Shape.Wall.Layers * tensor.Shape.Wall.GatesPerLayer;
        for (int gate = 0; gate < gates; gate++)
        {
            float[] scaled = [.. values.Select((value, i) => tensor.Shape.StoredEntries[i] / BrickWallShape.GateLength == gate ? 4 * value : value)];
            tensor.Values.Value.CopyFrom(scaled);
            tensor.Invalidate();

            // A power of two rounds nothing.
            Assert.Equal(before.Select(number => 4 * number), Read(tensor));
        }
    }

    [Theory]
    [InlineData(64, 8)]
    [InlineData(64, 16)]
    public void Rebuild_OneLayer_IsAQuantisedTensorTrainOfRanksUpToFour(int rows, int columns)
    {
        using AdtnTensor tensor = Create(rows, columns, 1, _device);
        float[] numbers = Read(tensor);
        int[] modes = [.. Enumerable.Repeat(2, tensor.Shape.Wall.Sites)];

        (TtmTensor train, double norm) = StreamingTtSvd.Decompose(_device, new ArrayRows(numbers, 1), modes, [.. modes.Select(_ => 1)], new TtSvdOptions { MaxRank = 16 });
        TtmRounding.Orthogonalize(train);
        TtmRounding.Truncate(train, 1e-5 * norm);

        Assert.Equal(4, train.Ranks.Max());
        Assert.All(Enumerable.Range(0, modes.Length / 2), pair => Assert.InRange(train.Ranks[(2 * pair) + 1], 1, 2));
    }

    [Fact]
    public void Rebuild_TwoLayers_IsNoTensorTrainOfRankFour()
    {
        using AdtnTensor tensor = Create(64, 16, 2, _device);
        float[] numbers = Read(tensor);

        using TensorTrainWeight four = TensorTrainWeight.Decompose(_device, "four", [.. Enumerable.Repeat(2, 10)], 4, numbers, 64, 16, Adam);

        Assert.True(Distance(numbers, Read(four)) > 1e-3);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Initialize_AnyLayers_GivesTheNormAskedFor(int layers)
    {
        using AdtnTensor tensor = Create(100, 41, layers, _device);

        Assert.InRange(Math.Sqrt(Read(tensor).Sum(x => (double)x * x)), 3 * (1 - 1e-4), 3 * (1 + 1e-4));
    }

    [Fact]
    public void Initialize_Orthogonal_GivesMultiplesOfRotations()
    {
        AdtnShape shape = new(64 * 64, 2, 0.1f);
        using AdtnTensor tensor = new(_device, "w", shape, 64, 64, Adam);
        tensor.Initialize(new RandomStream(1, 0), 3, AdtnStart.Orthogonal);

        Assert.InRange(tensor.Norm(), 3 * (1 - 1e-4), 3 * (1 + 1e-4));
        float[] values = tensor.Values.Value.ToArray();
        float[][] second = [.. values[^(16 * shape.Wall.GatesPerLayer)..].Chunk(16)];
        Assert.All(second, gate =>
        {
            double square = gate.Sum(static x => (double)x * x) / 4;
            for (int column = 0; column < 16; column++)
            {
                double dot = Enumerable.Range(0, 4).Sum(row => (double)gate[(4 * row) + (column / 4)] * gate[(4 * row) + (column % 4)]);
                Assert.InRange(dot / square, (column % 5 == 0 ? 1 : 0) - 1e-4, (column % 5 == 0 ? 1 : 0) + 1e-4);
            }
        });
        Assert.NotEqual(second[0], second[1]);
    }

    [Theory]
    [InlineData(1, 20, 30)]
    [InlineData(2, 1, 2)]
    [InlineData(3, 16, 16)]
    public void ScaleTo_Negated_TurnsTheMatrixRound(int layers, int rows, int columns)
    {
        using AdtnTensor tensor = Create(rows, columns, layers, _device);
        float[] before = Read(tensor);

        tensor.ScaleTo(3, isNegated: true);

        float[] after = Read(tensor);
        Assert.All(before.Zip(after), static pair => Assert.InRange(pair.Second, -pair.First - 1e-4, -pair.First + 1e-4));
    }

    [Fact]
    public void Fit_OfTheNegative_EndsAtTheSameDistanceAndNeverAboveOne()
    {
        float[] target = [.. Enumerable.Range(0, 96 * 64).Select(static i => MathF.Sin(i * 0.37f))];
        List<double> distances = [];
        double[] ends = [.. new[] { 1, -1 }.Select(sign =>
        {
            using AdtnTensor tensor = Create(96, 64, 2, _device);
            return WeightFitter.Run(_device, tensor, [.. target.Select(x => sign * x)], 20, new Recorder(distances));
        })];

        Assert.All(distances, static distance => Assert.InRange(distance, 0, 1.0001));
        Assert.Equal(ends[0], ends[1], 1e-3);
    }

    [Fact]
    public void Step_LargeLearningRate_HoldsTheNorm()
    {
        using AdtnTensor tensor = new(_device, "w", new AdtnShape(64 * 64, 5), 64, 64, Adam with { LearningRate = 0.3 });
        tensor.Initialize(new RandomStream(1, 0), 3, AdtnStart.Orthogonal);
        for (int step = 1; step <= 10; step++)
        {
            double before = tensor.Norm();
            tensor.ClearGradient();
            _device.FillElements(tensor.WeightGradient, -1);
            tensor.PullBack();
            tensor.Step(new StepContext { Step = step, LearningRateFactor = 1, GradientScale = 1, KlWeight = 0, BatchSize = 1 });

            Assert.InRange(tensor.Norm() / before, 0.999 / AdtnTensor.MostGrowth, 1.001 * AdtnTensor.MostGrowth);
        }
    }

    [Fact]
    public void Balance_UnequalGates_MakesNormsEqualAndKeepsTheMatrix()
    {
        using AdtnTensor tensor = Create(20, 30, 2, _device);
        float[] values = tensor.Values.Value.ToArray();
        tensor.Values.Value.CopyFrom([.. values.Select((value, i) => value * (1 + (tensor.Shape.StoredEntries[i] / BrickWallShape.GateLength % 5)))]);
        tensor.Invalidate();
        float[] before = Read(tensor);

        tensor.Balance();

        Assert.True(Distance(before, Read(tensor)) < 1e-9);
        double[] norms = [.. tensor.Values.Value.ToArray().Select((value, i) => (Gate: tensor.Shape.StoredEntries[i] / BrickWallShape.GateLength, Square: (double)value * value))
            .GroupBy(entry => entry.Gate).Select(group => Math.Sqrt(group.Sum(entry => entry.Square)))];
        Assert.All(norms, norm => Assert.InRange(norm, norms[0] * (1 - 1e-5), norms[0] * (1 + 1e-5)));
    }

    [Fact]
    public void FitOfSteps_OneOrTwoThreads_GivesTheSameBits()
    {
        float[] target = [.. Enumerable.Range(0, 96 * 64).Select(i => MathF.Sin(i * 0.37f))];
        float[][] results = [.. new[] { 1, 2 }.Select(threads =>
        {
            using CpuDevice device = new(threads);
            using AdtnTensor tensor = Create(96, 64, 2, device);
            WeightFitter.Run(device, tensor, target, 5);
            return tensor.Values.Value.ToArray();
        })];

        Assert.Equal(results[0], results[1]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Fit_PlantedNetwork_LowersTheDistance(int layers)
    {
        using AdtnTensor planted = Create(16, 16, layers, _device);
        using AdtnTensor tensor = Create(16, 16, layers, _device, seed: 2);
        List<double> distances = [];

        double last = WeightFitter.Run(_device, tensor, Read(planted), 1500, new Recorder(distances));

        Assert.Equal(1500, distances.Count);
        Assert.True(last < 0.1 * distances[0], $"from {distances[0]} to {last}");
    }

    [Fact]
    public void Constructor_OtherSize_IsRefused()
    {
        ArgumentException exception = Assert.Throws<ArgumentException>(() => new AdtnTensor(_device, "w", new AdtnShape(12, 1), 3, 5, Adam));

        Assert.Contains("3 × 5 has 15 numbers, but the ADTN has 12", exception.Message, StringComparison.Ordinal);
    }

    internal static AdtnTensor Create(int rows, int columns, int layers, IDevice device, ulong seed = 1)
    {
        AdtnTensor tensor = new(device, "w", new AdtnShape((long)rows * columns, layers, 0.1f), rows, columns, Adam);
        tensor.Initialize(new RandomStream(seed, 0), 3);
        return tensor;
    }

    internal static float[] Read(GeneratedWeight weight)
    {
        Matrix matrix = weight.Rebuild();
        float[] numbers = new float[matrix.Rows * matrix.Columns];
        matrix.Buffer.CopyTo(numbers, matrix.Offset);
        return numbers;
    }

    private static double Distance(float[] expected, float[] actual) =>
        expected.Zip(actual, static (x, y) => ((double)x - y) * ((double)x - y)).Sum() / expected.Sum(static x => (double)x * x);

    /// <summary>Multiplies by whole matrices I ⊗ gate ⊗ I, one after the other.</summary>
    private static double[] Definition(AdtnTensor tensor)
    {
        BrickWallShape wall = tensor.Shape.Wall;
        double[] gates = new double[wall.GatesLength];
        float[] values = tensor.Values.Value.ToArray();
        for (int i = 0; i < values.Length; i++)
        {
            gates[tensor.Shape.StoredEntries[i]] = values[i];
        }

        double[] state = new double[1 << wall.Sites];
        state[0] = 1;
        for (int layer = 0; layer < wall.Layers; layer++)
        {
            int next = 16 * layer * wall.GatesPerLayer;
            foreach (int parity in (int[])[0, 1])
            {
                for (int site = parity; site + 1 < wall.Sites; site += 2, next += 16)
                {
                    double[,] gate = new double[4, 4];
                    Buffer.BlockCopy(gates, next * sizeof(double), gate, 0, 16 * sizeof(double));
                    state = Multiply(Kronecker(Kronecker(Identity(1 << site), gate), Identity(1 << (wall.Sites - site - 2))), state);
                }
            }

            if (layer < wall.Layers - 1)
            {
                state = [.. state.Select(x => x > 0 ? x : wall.Slope * x)];
            }
        }

        return state[..(int)tensor.Shape.Numbers];
    }

    private static double[,] Identity(int size)
    {
        double[,] identity = new double[size, size];
        for (int i = 0; i < size; i++)
        {
            identity[i, i] = 1;
        }

        return identity;
    }

    private static double[,] Kronecker(double[,] a, double[,] b)
    {
        (int m, int n) = (b.GetLength(0), b.GetLength(1));
        double[,] product = new double[a.GetLength(0) * m, a.GetLength(1) * n];
        for (int i = 0; i < product.GetLength(0); i++)
        {
            for (int j = 0; j < product.GetLength(1); j++)
            {
                product[i, j] = a[i / m, j / n] * b[i % m, j % n];
            }
        }

        return product;
    }

    private static double[] Multiply(double[,] matrix, double[] vector) =>
        [.. Enumerable.Range(0, vector.Length).Select(i => vector.Select((x, j) => matrix[i, j] * x).Sum())];

    private sealed class Recorder(List<double> distances) : IProgress<(int Step, double Distance)>
    {
        public void Report((int Step, double Distance) value) => distances.Add(value.Distance);
    }
}
