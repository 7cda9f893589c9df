namespace Dlrm.Numerics.Tests.Tables;

public sealed class RingShapeTests
{
    [Fact]
    public void Constructor_ValidModes_CountsParametersAndRows()
    {
        RingShape shape = new(10_131_227, [200, 220, 250, 1], [1, 1, 1, 128], [8, 6, 7, 5, 8]);

        Assert.Equal((200 * 8 * 6) + (220 * 6 * 7) + (250 * 7 * 5) + (5 * 128 * 8L), shape.Parameters);
        Assert.Equal(11_000_000, shape.PaddedRows);
        Assert.Equal(128, shape.EmbeddingDim);
        Assert.Equal(8, shape.LoopRank);
        Assert.Equal("10131227 × 128 as [200·220·250·1] × [1·1·1·128], ring ranks [8, 6, 7, 5]", shape.ToString());
    }

    [Fact]
    public void Constructor_FewerRowsThanModesMake_SaysSo()
    {
        ArgumentException error = Assert.Throws<ArgumentException>(() => new RingShape(31, [5, 6], [4, 1], [2, 3, 2]));

        Assert.Equal("Row modes [5, 6] make 30 rows, but the table has 31: raise a mode until the product is at least 31.", error.Message);
    }

    [Fact]
    public void Constructor_OneCore_SaysSo()
    {
        ArgumentException error = Assert.Throws<ArgumentException>(() => new RingShape(5, [5], [4], [2, 2]));

        Assert.Equal("A tensor ring of 1 row modes needs at least 2 of them, 1 column modes and 2 ranks, but there are 1 and 2.", error.Message);
    }

    [Fact]
    public void Constructor_EndsThatDiffer_SaysSo()
    {
        ArgumentException error = Assert.Throws<ArgumentException>(() => new RingShape(30, [5, 6], [4, 1], [2, 3, 4]));

        Assert.Equal("The first and last ring rank must be equal, but the ranks are [2, 3, 4].", error.Message);
    }

    [Theory]
    [InlineData(0, 4, 2)]
    [InlineData(5, 0, 2)]
    [InlineData(5, 4, 0)]
    public void Constructor_ANumberBelowOne_SaysWhich(int rowMode, int columnMode, int rank)
    {
        ArgumentException error = Assert.Throws<ArgumentException>(() => new RingShape(1, [rowMode, 6], [columnMode, 1], [2, rank, 2]));

        Assert.Equal($"Row modes [{rowMode}, 6], column modes [{columnMode}, 1] and ring ranks [2, {rank}, 2] must all be at least 1.", error.Message);
    }

    [Fact]
    public void Equals_SameNumbers_IsTrueUntilOneDiffers()
    {
        RingShape shape = new(30, [5, 6], [4, 2], [2, 3, 2]);

        Assert.Equal(new RingShape(30, [5, 6], [4, 2], [2, 3, 2]), shape);
        Assert.Equal(shape.GetHashCode(), new RingShape(30, [5, 6], [4, 2], [2, 3, 2]).GetHashCode());
        Assert.NotEqual(shape, shape.WithRanks([1, 3, 1]));
        Assert.NotEqual(shape, new RingShape(29, [5, 6], [4, 2], [2, 3, 2]));
        Assert.NotEqual(shape, new RingShape(30, [6, 5], [4, 2], [2, 3, 2]));
        Assert.NotEqual(shape, new RingShape(30, [5, 6], [2, 4], [2, 3, 2]));
    }
}
