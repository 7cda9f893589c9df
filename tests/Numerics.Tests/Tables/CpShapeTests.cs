namespace Dlrm.Numerics.Tests.Tables;

public sealed class CpShapeTests
{
    [Fact]
    public void Constructor_ValidModes_CountsParametersAndRows()
    {
        CpShape shape = new(10_131_227, [200, 220, 250], [128], 350);

        Assert.Equal((200 + 220 + 250 + 128) * 350L, shape.Parameters);
        Assert.Equal(11_000_000, shape.PaddedRows);
        Assert.Equal(128, shape.EmbeddingDim);
        Assert.Equal("10131227 × 128 as [200·220·250] × [128], CP rank 350", shape.ToString());
    }

    [Fact]
    public void Constructor_FewerRowsThanModesMake_SaysSo()
    {
        ArgumentException error = Assert.Throws<ArgumentException>(() => new CpShape(31, [5, 6], [4], 2));

        Assert.Equal("Row modes [5, 6] make 30 rows, but the table has 31: raise a mode until the product is at least 31.", error.Message);
    }

    [Fact]
    public void Constructor_NoColumnMode_SaysSo()
    {
        ArgumentException error = Assert.Throws<ArgumentException>(() => new CpShape(30, [5, 6], [], 2));

        Assert.Equal("A CP table needs a row mode and a column mode, but there are 2 and 0.", error.Message);
    }

    [Theory]
    [InlineData(0, 4, 2)]
    [InlineData(5, 0, 2)]
    [InlineData(5, 4, 0)]
    public void Constructor_ANumberBelowOne_SaysWhich(int rowMode, int columnMode, int cpRank)
    {
        ArgumentException error = Assert.Throws<ArgumentException>(() => new CpShape(1, [rowMode, 6], [columnMode], cpRank));

        Assert.Equal($"Row modes [{rowMode}, 6], column modes [{columnMode}] and CP rank {cpRank} must all be at least 1.", error.Message);
    }

    [Fact]
    public void Equals_SameNumbers_IsTrueUntilOneDiffers()
    {
        CpShape shape = new(30, [5, 6], [4], 2);

        Assert.Equal(new CpShape(30, [5, 6], [4], 2), shape);
        Assert.Equal(shape.GetHashCode(), new CpShape(30, [5, 6], [4], 2).GetHashCode());
        Assert.NotEqual(shape, shape.WithRank(3));
        Assert.NotEqual(shape, new CpShape(29, [5, 6], [4], 2));
        Assert.NotEqual(shape, new CpShape(30, [6, 5], [4], 2));
        Assert.NotEqual(shape, new CpShape(30, [5, 6], [2, 2], 2));
    }
}
