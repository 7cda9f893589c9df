using Dlrm.Numerics;
using Dlrm.Numerics.Cpu;
using MathNet.Numerics.LinearAlgebra;

namespace Dlrm.Embeddings.Tests.Adtn;

/// <summary>What no fit can go below.</summary>
public sealed class LeastDistanceTests : IDisposable
{
    private static readonly OptimizerOptions Adam = new() { Kind = OptimizerKind.Adam, LearningRate = 0.001 };
    private readonly CpuDevice _device = new(2);

    public void Dispose() => _device.Dispose();

    [Theory]
    [InlineData(12, 30, 1)]
    [InlineData(30, 12, 3)]
    [InlineData(30, 12, 12)]
    public void LeastDistance_TwoModes_IsTheTailOfTheSingularValuesAndReached(int rows, int columns, int rank)
    {
        float[] numbers = Normal(rows * columns, 1);
        double[] squares = [.. Matrix<double>.Build.Dense(rows, columns, (i, j) => numbers[(i * columns) + j]).Svd(computeVectors: false).S.Select(static s => s * s)];

        double least = TensorTrainWeight.LeastDistance(_device, [rows, columns], [rank], numbers);
        using TensorTrainWeight best = TensorTrainWeight.Decompose(_device, "w", [rows, columns], rank, numbers, rows, columns, Adam);

        Assert.Equal(squares.Skip(rank).Sum() / squares.Sum(), least, 1e-5);
        Assert.InRange(Distance(numbers, best), least - 1e-5, least + 1e-3);
    }

    [Fact]
    public void LeastDistance_ManyModes_IsBelowEveryTrainOfTheRanks()
    {
        float[] numbers = Normal(200, 2);
        int[] modes = [.. Enumerable.Repeat(2, 8)];

        double least = TensorTrainWeight.LeastDistance(_device, modes, [.. Enumerable.Repeat(3, 7)], numbers);
        using TensorTrainWeight train = TensorTrainWeight.Decompose(_device, "w", modes, 3, numbers, 20, 10, Adam);
        double fitted = WeightFitter.Run(_device, train, numbers, 300);

        // Noise is nothing that so few numbers hold: the bound is far above 0, and the fit above it.
        Assert.InRange(least, 0.4, fitted);
        Assert.InRange(fitted, least, 1);
    }

    [Fact]
    public void LeastDistance_AnAdtnOfOneLayer_IsNothingAtItsRanks()
    {
        using AdtnTensor tensor = AdtnTensorTests.Create(64, 16, 1, _device);
        float[] numbers = AdtnTensorTests.Read(tensor);
        int[] ranks = [.. Enumerable.Range(1, 9).Select(static bond => bond % 2 == 1 ? 2 : 4)];

        Assert.InRange(TensorTrainWeight.LeastDistance(_device, [.. Enumerable.Repeat(2, 10)], ranks, numbers), 0, 1e-6);
        Assert.True(TensorTrainWeight.LeastDistance(_device, [.. Enumerable.Repeat(2, 10)], [.. ranks.Select(static rank => rank - 1)], numbers) > 1e-4);
    }

    [Fact]
    public void LeastDistance_OtherSizes_AreRefused() =>
        Assert.Contains("don't fit 9 numbers", Assert.Throws<ArgumentException>(() => TensorTrainWeight.LeastDistance(_device, [2, 4], [1], Normal(9, 1))).Message, StringComparison.Ordinal);

    private static double Distance(float[] expected, TensorTrainWeight weight) =>
        expected.Zip(AdtnTensorTests.Read(weight), static (x, y) => ((double)x - y) * ((double)x - y)).Sum() / expected.Sum(static x => (double)x * x);

    private static float[] Normal(int count, int seed)
    {
        Random random = new(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble())))];
    }
}
