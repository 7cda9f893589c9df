namespace Dlrm.Numerics.Tests.Tables;

public sealed class TuckerShapeTests
{
    [Fact]
    public void Constructor_ValidModes_CountsParametersAndRows()
    {
        TuckerShape shape = new(10_131_227, [200, 220, 250], [128], [22, 21, 20, 19]);

        Assert.Equal((200 * 22) + (220 * 21) + (250 * 20) + (128 * 19) + (22 * 21 * 20 * 19L), shape.Parameters);
        Assert.Equal(11_000_000, shape.PaddedRows);
        Assert.Equal(128, shape.EmbeddingDim);
        Assert.Equal("10131227 × 128 as [200·220·250] × [128], Tucker ranks [22, 21, 20, 19]", shape.ToString());
    }

    [Fact]
    public void Constructor_FewerRowsThanModesMake_SaysSo()
    {
        ArgumentException error = Assert.Throws<ArgumentException>(() => new TuckerShape(31, [5, 6], [4], [2, 2, 2]));

        Assert.Equal("Row modes [5, 6] make 30 rows, but the table has 31: raise a mode until the product is at least 31.", error.Message);
    }

    [Fact]
    public void Constructor_NoColumnMode_SaysSo()
    {
        ArgumentException error = Assert.Throws<ArgumentException>(() => new TuckerShape(30, [5, 6], [], [2, 2]));

        Assert.Equal("A Tucker table needs a row mode and a column mode, but there are 2 and 0.", error.Message);
    }

    [Fact]
    public void Constructor_OneRankTooFew_SaysSo()
    {
        ArgumentException error = Assert.Throws<ArgumentException>(() => new TuckerShape(30, [5, 6], [4], [2, 2]));

        Assert.Equal("A Tucker table of 2 row modes and 1 column modes needs 3 Tucker ranks, but there are 2.", error.Message);
    }

    [Theory]
    [InlineData(0, 4, 2)]
    [InlineData(5, 0, 2)]
    [InlineData(5, 4, 0)]
    public void Constructor_ANumberBelowOne_SaysWhich(int rowMode, int columnMode, int rank)
    {
        ArgumentException error = Assert.Throws<ArgumentException>(() => new TuckerShape(1, [rowMode, 6], [columnMode], [2, rank, 2]));

        Assert.Equal($"Row modes [{rowMode}, 6], column modes [{columnMode}] and Tucker ranks [2, {rank}, 2] must all be at least 1.", error.Message);
    }

    [Fact]
    public void Equals_SameNumbers_IsTrueUntilOneDiffers()
    {
        TuckerShape shape = new(30, [5, 6], [4], [2, 3, 4]);

        Assert.Equal(new TuckerShape(30, [5, 6], [4], [2, 3, 4]), shape);
        Assert.Equal(shape.GetHashCode(), new TuckerShape(30, [5, 6], [4], [2, 3, 4]).GetHashCode());
        Assert.NotEqual(shape, shape.WithRanks([4, 3, 2]));
        Assert.NotEqual(shape, new TuckerShape(29, [5, 6], [4], [2, 3, 4]));
        Assert.NotEqual(shape, new TuckerShape(30, [6, 5], [4], [2, 3, 4]));
        Assert.NotEqual(shape, new TuckerShape(30, [5, 6], [5], [2, 3, 4]));
    }
}
