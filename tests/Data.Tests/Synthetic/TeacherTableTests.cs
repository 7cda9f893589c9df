using Dlrm.Data.Synthetic;
using Dlrm.Numerics;

namespace Dlrm.Data.Tests.Synthetic;

public sealed class TeacherTableTests
{
    public static TheoryData<long, int, int[]> Shapes => new()
    {
        { 10_007, 16, new[] { 3, 2 } },
        { 5000, 16, new[] { 4 } },
        { 20_000, 8, new[] { 2, 3, 2 } },
        { 9000, 7, new[] { 2, 2 } },     // prime dimension: column modes 1·1·7
        { 300, 4, new[] { 1, 1 } },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Row_HeadAndTail_IsTheTtMatrixDefinition(long rows, int dim, int[] ttRanks)
    {
        TeacherTable table = TeacherTable.Draw(new SyntheticTable { Rows = rows, TeacherRanks = ttRanks }, dim, new RandomStream(3, 4));
        double[] scratch = new double[table.ScratchLength];
        float[] row = new float[dim];
        foreach (long id in new[] { 0, 1, rows / 3, (rows / 2) + 1, rows - 2, rows - 1 })
        {
            table.Row(id, scratch, row);
            Assert.Equal(RowByDefinition(table, id), row);
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Draw_AnyRanks_EntriesHaveVarianceNearOne(long rows, int dim, int[] ttRanks)
    {
        double mean = 0;
        const int Draws = 200;
        for (int draw = 0; draw < Draws; draw++)
        {
            TeacherTable table = TeacherTable.Draw(new SyntheticTable { Rows = rows, TeacherRanks = ttRanks }, dim, new RandomStream(3, (ulong)draw));
            double[] scratch = new double[table.ScratchLength];
            float[] row = new float[dim];
            for (int i = 0; i < 100; i++)
            {
                table.Row(i * (rows - 1) / 99, scratch, row);
                mean += row.Sum((float x) => (double)x * x) / (Draws * 100 * dim);
            }
        }

        Assert.InRange(mean, 0.8, 1.2);
    }

    [Fact]
    public void Draw_Dense_RowsAreTheParameters()
    {
        TeacherTable table = TeacherTable.Draw(new SyntheticTable { Rows = 6000 }, 4, new RandomStream(3, 4));
        float[] row = new float[4];
        table.Row(5999, [], row);

        Assert.Null(table.Shape);
        Assert.Equal(24_000 * 4, table.Bytes);
        Assert.Equal(table.Parameters[^4..].ToArray(), row);
    }

    [Fact]
    public void Constructor_WrongLength_SaysBothNumbers()
    {
        ArgumentException error = Assert.Throws<ArgumentException>(() => new TeacherTable(3, 4, null, new float[11]));
        Assert.Contains("needs 12 parameters, but there are 11", error.Message, StringComparison.Ordinal);
    }

    /// <summary>E[i, j] as a sum over every path of rank components, in double.</summary>
    internal static float[] RowByDefinition(TeacherTable table, long id)
    {
        float[] row = new float[table.EmbeddingDim];
        for (int j = 0; j < row.Length; j++)
        {
            row[j] = table.Shape is null
                ? table.Parameters[(int)(id * row.Length) + j]
                : (float)Paths(table, id, j, table.Shape.Order - 1, 0);
        }

        return row;
    }

    /// <summary>Sums over the rank components left of core k, given the component right of it; ascending, as the table does.</summary>
    private static double Paths(TeacherTable table, long id, int column, int k, int right)
    {
        TtmShape shape = table.Shape!;
        if (k < 0)
        {
            return 1;
        }

        long offset = 0;
        for (int q = 0; q < k; q++)
        {
            offset += shape.CoreLength(q);
        }

        long digit = id % shape.RowModes[k];
        int columnDigit = column % shape.ColumnModes[k];
        double sum = 0;
        for (int r = 0; r < shape.Ranks[k]; r++)
        {
            long at = offset + (digit * shape.SlabLength(k)) + (((r * shape.ColumnModes[k]) + columnDigit) * shape.Ranks[k + 1]) + right;
            sum += Paths(table, id / shape.RowModes[k], column / shape.ColumnModes[k], k - 1, r) * table.Parameters[(int)at];
        }

        return sum;
    }
}
