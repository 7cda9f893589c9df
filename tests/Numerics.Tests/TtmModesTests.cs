using Dlrm.Numerics;

namespace Dlrm.Numerics.Tests;

public sealed class TtmModesTests
{
    [Theory]
    [InlineData(10131227, 3, new[] { 217, 217, 216 })]
    [InlineData(1_000_000_000, 3, new[] { 1000, 1000, 1000 })]
    [InlineData(1_000_000_001, 3, new[] { 1001, 1000, 1000 })]
    [InlineData(5, 4, new[] { 2, 2, 2, 1 })]
    [InlineData(1, 3, new[] { 1, 1, 1 })]
    [InlineData(99, 1, new[] { 99 })]
    public void Rows_KnownTables_GivesTheModesWorkedByHand(long rows, int order, int[] expected)
    {
        Assert.Equal(expected, TtmModes.Rows(rows, order));
    }

    [Theory]
    [InlineData(16, 3, new[] { 2, 2, 4 })]
    [InlineData(16, 2, new[] { 2, 8 })]
    [InlineData(128, 3, new[] { 2, 2, 32 })]
    [InlineData(64, 3, new[] { 2, 2, 16 })]
    [InlineData(36, 3, new[] { 2, 2, 9 })]
    [InlineData(7, 3, new[] { 1, 1, 7 })]
    [InlineData(1, 2, new[] { 1, 1 })]
    [InlineData(16, 1, new[] { 16 })]
    [InlineData(2147483647, 2, new[] { 1, 2147483647 })]
    public void Columns_KnownDimensions_GivesTheModesWorkedByHand(int dim, int order, int[] expected)
    {
        Assert.Equal(expected, TtmModes.Columns(dim, order));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void Rows_ManyTables_CoverTheRowsAndAreTightAndBalanced(int order)
    {
        Random random = new(20210405);
        for (int trial = 0; trial < 2000; trial++)
        {
            long rows = 1 + (long)Math.Exp(random.NextDouble() * Math.Log(1e12));
            int[] modes = TtmModes.Rows(rows, order);
            long product = modes.Aggregate(1L, (long x, int mode) => checked(x * mode));
            long withoutLast = product / modes[^1];

            Assert.True(product >= rows, $"{rows} rows: [{string.Join(", ", modes)}]");
            Assert.True(withoutLast * (modes[^1] - 1) < rows, $"{rows} rows: the last of [{string.Join(", ", modes)}] could be smaller");
            Assert.True(modes.Max() - modes.Min() <= order, $"{rows} rows: [{string.Join(", ", modes)}]");
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Columns_EveryDimensionToThreeHundred_IsAnAscendingFactorisationWithPrimesBeforeTheLast(int order)
    {
        for (int dim = 1; dim <= 300; dim++)
        {
            int[] modes = TtmModes.Columns(dim, order);

            Assert.Equal(dim, modes.Aggregate(1, (int x, int mode) => x * mode));
            Assert.Equal(modes.Order(), modes);
            Assert.All(modes[..^1], mode => Assert.True(mode == 1 || IsPrime(mode), $"{dim}: [{string.Join(", ", modes)}]"));
            Assert.True(modes[0] > 1 || modes[^1] == 1 || IsPrime(modes[^1]), $"{dim}: [{string.Join(", ", modes)}] has a one while the last can be split");
        }
    }

    [Theory]
    [InlineData(512, 2, new[] { 16, 32 })]
    [InlineData(256, 3, new[] { 4, 8, 8 })]
    [InlineData(479, 2, new[] { 1, 479 })]
    [InlineData(1, 3, new[] { 1, 1, 1 })]
    [InlineData(367, 1, new[] { 367 })]
    public void Exact_AnySize_SplitsWithoutPadding(int size, int order, int[] expected) => Assert.Equal(expected, TtmModes.Exact(size, order));

    [Fact]
    public void Rows_ModeAboveInt_SaysToRaiseTheOrder()
    {
        ArgumentOutOfRangeException error = Assert.Throws<ArgumentOutOfRangeException>(() => TtmModes.Rows(long.MaxValue, 1));
        Assert.Contains("raise the order", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 3)]
    [InlineData(5, 0)]
    public void RowsAndColumns_BelowOne_Throw(int size, int order)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => TtmModes.Rows(size, order));
        Assert.Throws<ArgumentOutOfRangeException>(() => TtmModes.Columns(size, order));
        Assert.Throws<ArgumentOutOfRangeException>(() => TtmModes.Exact(size, order));
    }

    private static bool IsPrime(int value) => value > 1 && Enumerable.Range(2, (int)Math.Sqrt(value) - 1).All(factor => value % factor != 0);
}
