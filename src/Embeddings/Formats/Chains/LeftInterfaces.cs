using Dlrm.Numerics;

namespace Dlrm.Embeddings;

/// <summary>Multiplies the leading cores of a chain out: all left interfaces at once.</summary>
/// <remarks>
/// <code>
/// P[(i0 … ic), (j0 … jc), :] = G[0][i0, j0, :] · … · G[c][ic, :, jc, :]        (I0·…·Ic) × (J0·…·Jc · R[c+1]) numbers
/// row = P[(i0 … ic), :, :] · G[c+1][i(c+1)] · …                                 a chain of d − c cores with P in front
/// </code>
/// <para>P is the rows of a shorter chain whose last core has columns J[c]·R[c+1], made by the same operator as rows are: a lookup through it
/// adds the same numbers in the same order and gives the same bits.</para>
/// </remarks>
internal static class LeftInterfaces
{
    private const int RowsAtOnce = 1 << 16;

    /// <summary>Multiplies as many leading cores as fit, but never the last.</summary>
    /// <param name="device">The device.</param>
    /// <param name="shape">Modes and TT ranks.</param>
    /// <param name="cores">The cores.</param>
    /// <param name="mostBytes">The bytes that P may have.</param>
    /// <returns>The shorter chain, or null when not even two cores fit or there are only two.</returns>
    internal static (TtmShape Shape, DeviceBuffer<float> Product, DeviceBuffer<float>[] Cores)? Of(IDevice device, TtmShape shape, ReadOnlySpan<DeviceBuffer<float>> cores, long mostBytes)
    {
        int count = 1;
        for (int more = 2; more < shape.Order && Elements(shape, more) <= mostBytes / sizeof(float); more++)
        {
            count = more;
        }

        if (count == 1)
        {
            return null;
        }

        int[] columns = [.. shape.ColumnModes[..(count - 1)], shape.ColumnModes[count - 1] * shape.Ranks[count]];
        (Int128 leftRows, Int128 leftColumns) = Sizes(shape, count);
        int rows = (int)leftRows;
        TtmShape left = new(rows, shape.RowModes[..count], columns, [.. shape.Ranks[..count], 1]);
        DeviceBuffer<float> product = device.Allocate<float>((long)rows * left.EmbeddingDim);
        using ITtmWorkspace workspace = device.CreateTtmWorkspace();
        using RowGroups groups = new(device);
        for (int first = 0; first < rows; first += RowsAtOnce)
        {
            int some = Math.Min(RowsAtOnce, rows - first);
            device.GroupRows(AllRows.Of(first, some), groups);
            device.TtmRows(left, cores[..count], groups, workspace, new Matrix(product, some, left.EmbeddingDim, 0, (long)first * left.EmbeddingDim));
        }

        TtmShape merged = new(
            shape.Rows,
            [rows, .. shape.RowModes[count..]],
            [(int)leftColumns, .. shape.ColumnModes[count..]],
            [1, .. shape.Ranks[count..]]);
        return (merged, product, [product, .. cores[count..]]);
    }

    private static (Int128 Rows, Int128 Columns) Sizes(TtmShape shape, int count)
    {
        Int128 rows = 1;
        Int128 columns = 1;
        for (int k = 0; k < count; k++)
        {
            rows *= shape.RowModes[k];
            columns *= shape.ColumnModes[k];
        }

        return (rows, columns);
    }

    /// <summary>Counts the numbers of P, or more than any budget when its rows can't be one mode.</summary>
    private static Int128 Elements(TtmShape shape, int count)
    {
        (Int128 rows, Int128 columns) = Sizes(shape, count);
        return rows > int.MaxValue ? long.MaxValue : rows * columns * shape.Ranks[count];
    }
}
