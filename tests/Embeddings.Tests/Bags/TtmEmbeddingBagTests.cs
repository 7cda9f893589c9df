using Dlrm.Numerics;
using Dlrm.Numerics.Cpu;

namespace Dlrm.Embeddings.Tests.Bags;

/// <summary>Tests of <see cref="TtmEmbeddingBag"/>.</summary>
public sealed class TtmEmbeddingBagTests : IDisposable
{
    private const int Rows = 90;
    private const int Dim = 8;

    private readonly CpuDevice _device = new(1);

    /// <inheritdoc/>
    public void Dispose() => _device.Dispose();

    [Fact]
    public void FromMatrix_FullRank_GivesTheRowsBack()
    {
        float[] matrix = Matrix();

        using TtmEmbeddingBag bag = TtmEmbeddingBag.FromMatrix(matrix, Dim, maxRank: 100, PoolingType.Sum);

        float[] rows = bag.LookUp([.. Enumerable.Range(0, Rows).Select(row => (long)row)]);
        Assert.InRange(Error(matrix, rows), 0, 1e-6);
    }

    /// <summary>The error asked for is met with fewer numbers.</summary>
    /// <param name="error">The relative error allowed.</param>
    [Theory, InlineData(0.5), InlineData(0.2), InlineData(0.05)]
    public void FromMatrix_AllowedError_IsMet(double error)
    {
        float[] matrix = Matrix();

        using TtmEmbeddingBag bag = TtmEmbeddingBag.FromMatrix(matrix, Dim, maxRank: 100, PoolingType.Sum, error, device: _device);
        using TtmEmbeddingBag full = TtmEmbeddingBag.FromMatrix(matrix, Dim, maxRank: 100, PoolingType.Sum, device: _device);

        float[] rows = bag.LookUp([.. Enumerable.Range(0, Rows).Select(row => (long)row)]);
        Assert.InRange(Error(matrix, rows), 1e-4, error + 1e-6);
        Assert.True(bag.Bytes < full.Bytes, $"{bag.Bytes} and {full.Bytes} bytes.");
    }

    [Fact]
    public void FromMatrix_SmallRank_CutsEveryBond()
    {
        using TtmEmbeddingBag bag = TtmEmbeddingBag.FromMatrix(Matrix(), Dim, maxRank: 2, PoolingType.Sum, order: 4, device: _device);

        Assert.Equal([1, 2, 2, 2, 1], bag.Shape.Ranks.ToArray());
        Assert.Equal(bag.Shape.Parameters * sizeof(float), bag.Bytes);
    }

    [Fact]
    public void LookUp_WeightedBags_GivesTheSumOfTheirRows()
    {
        using TtmEmbeddingBag bag = new(Rows, [5, 6, 3], [2, 2, 2], [4, 3], PoolingType.Sum, seed: 9, _device);
        float[] rows = bag.LookUp(3, 89, 3);

        float[] sums = bag.LookUp([3, 89, 3], [0, 2, 2, 3], [0.5f, 2, -1]);

        Assert.Equal(3 * Dim, sums.Length);
        for (int j = 0; j < Dim; j++)
        {
            Assert.Equal((0.5f * rows[j]) + (2 * rows[Dim + j]), sums[j], 1e-6f);
            Assert.Equal(0, sums[Dim + j]);
            Assert.Equal(-rows[j], sums[(2 * Dim) + j]);
        }
    }

    [Fact]
    public void LookUp_MeanPooling_DividesByTheLength()
    {
        using TtmEmbeddingBag bag = new(Rows, [5, 6, 3], [2, 2, 2], [4, 3], PoolingType.Mean, seed: 9, _device);
        float[] rows = bag.LookUp(3, 89);

        float[] means = bag.LookUp([3, 89], [0, 2]);

        Assert.All(Enumerable.Range(0, Dim), j => Assert.Equal((rows[j] + rows[Dim + j]) / 2, means[j], 1e-6f));
    }

    [Fact]
    public void Load_SavedTable_LooksUpTheSameBits()
    {
        using TtmEmbeddingBag bag = new(Rows, [5, 6, 3], [2, 2, 2], [4, 3], PoolingType.Sum, seed: 9, _device);
        MemoryState state = new();

        bag.Save(state);
        using TtmEmbeddingBag loaded = TtmEmbeddingBag.Load(state, PoolingType.Sum);

        Assert.Equal(bag.Shape, loaded.Shape);
        Assert.Equal(bag.LookUp(0, 44, 89), loaded.LookUp(0, 44, 89));
    }

    [Fact]
    public void Create_WrongArguments_SayWhatIsWrong()
    {
        Assert.Contains("raise a mode", Assert.Throws<ArgumentException>(() => new TtmEmbeddingBag(Rows, [5, 6], [2, 4], [4], PoolingType.Sum, 1, _device)).Message, StringComparison.Ordinal);
        Assert.Contains("at least 2 cores", Assert.Throws<ArgumentException>(() => new TtmEmbeddingBag(Rows, [Rows], [4], [], PoolingType.Sum, 1, _device)).Message, StringComparison.Ordinal);
        Assert.Contains("no whole rows of 8", Assert.Throws<ArgumentException>(() => TtmEmbeddingBag.FromMatrix(new float[9], Dim, 4, PoolingType.Sum)).Message, StringComparison.Ordinal);
        using TtmEmbeddingBag bag = new(Rows, [5, 6, 3], [2, 2, 2], [4, 3], PoolingType.Sum, seed: 9, _device);
        Assert.Throws<ArgumentOutOfRangeException>(() => bag.LookUp(Rows));
    }

    private static float[] Matrix()
    {
        Random random = new(20210405);
        float[] matrix = new float[Rows * Dim];
        for (int i = 0; i < Rows; i++)
        {
            for (int j = 0; j < Dim; j++)
            {
                matrix[(i * Dim) + j] = MathF.Sin(0.1f * (i + 1) * (j + 1)) + (0.2f * random.NextSingle());
            }
        }

        return matrix;
    }

    private static double Error(float[] expected, float[] actual) =>
        Math.Sqrt(expected.Zip(actual, (a, b) => (double)(a - b) * (a - b)).Sum() / expected.Sum(a => (double)a * a));
}
