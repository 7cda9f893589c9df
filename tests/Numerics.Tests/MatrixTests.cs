using Dlrm.Numerics.Cpu;

namespace Dlrm.Numerics.Tests;

public sealed class MatrixTests
{
    /// <summary>Name, rows, columns, stride, offset: views of 20 floats.</summary>
    public static TheoryData<string, int, int, int, long> BadViews => new()
    {
        { "one element too many", 3, 7, 7, 0 },
        { "offset pushes it out", 2, 10, 10, 1 },
        { "last row starts inside but ends outside", 2, 6, 15, 0 },
        { "stride below the columns", 2, 5, 4, 0 },
        { "negative rows", -1, 5, 5, 0 },
        { "negative columns", 2, -5, 5, 0 },
        { "negative offset", 1, 1, 1, -1 },
        { "offset near the end of long", 2, 2, 2, long.MaxValue },
        { "sizes beyond int", int.MaxValue, 2, int.MaxValue, 0 },
        { "no rows, offset outside", 0, 3, 3, 21 },
    };

    [Theory]
    [MemberData(nameof(BadViews))]
    public void Constructor_ViewOutsideOfTheBuffer_IsRefused(string name, int rows, int columns, int stride, long offset)
    {
        using CpuBuffer<float> buffer = new(20);
        ArgumentException exception = Assert.Throws<ArgumentException>(() => new Matrix(buffer, rows, columns, stride, offset));
        Assert.True(exception.Message.Contains("20", StringComparison.Ordinal), name);
    }

    [Fact]
    public void Blocks_OfAView_StartAtTheirElement()
    {
        using CpuBuffer<float> buffer = new(20);
        Matrix view = new(buffer, 3, 4, 6, 1);
        Assert.Equal(new Matrix(buffer, 3, 2, 6, 3), view.ColumnBlock(2, 2));
        Assert.Equal(new Matrix(buffer, 1, 4, 6, 13), view.RowBlock(2, 1));
        Assert.Equal((0, 4), (view.RowBlock(0, 0).Rows, view.RowBlock(0, 0).Columns));
    }
}
