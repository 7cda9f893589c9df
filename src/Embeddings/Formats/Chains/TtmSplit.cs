using Dlrm.Numerics;

namespace Dlrm.Embeddings;

/// <summary>The two chains of a TT-matrix whose first cores have the row modes and whose last cores have the column modes.</summary>
/// <remarks>
/// <code>
/// L[i, r] = (G[0][i0] · … · G[p−1][i(p−1)])[r]       rows I[0] … I[p−1],  R[p] columns
/// C[r, j] = (G[p][j0] · … · G[d−1][j(d−p−1)])[r]      R[p] rows,           columns J[p] … J[d−1]
/// </code>
/// <para>The cores are stored the same way: R[p] is the column mode of core p − 1 in L, and the row mode of core p in C.</para>
/// </remarks>
internal static class TtmSplit
{
    /// <summary>Finds the split with the fewest columns.</summary>
    /// <param name="shape">The shape.</param>
    /// <returns>The split, or null when row and column modes are mixed.</returns>
    internal static WeightSplit? Of(TtmShape shape)
    {
        int cut = 0;
        for (int p = 1; p < shape.Order; p++)
        {
            bool isSplit = !shape.ColumnModes[..p].ContainsAnyExcept(1) && !shape.RowModes[p..].ContainsAnyExcept(1);
            cut = isSplit && (cut == 0 || shape.Ranks[p] < shape.Ranks[cut]) ? p : cut;
        }

        if (cut == 0)
        {
            return null;
        }

        int size = shape.Ranks[cut];
        SplitSide left = Side(shape.Rows, [.. shape.RowModes[..cut]], [.. shape.ColumnModes[..(cut - 1)], size], [.. shape.Ranks[..cut], 1], 0);
        SplitSide right = Side(size, [size, .. shape.RowModes[(cut + 1)..]], [.. shape.ColumnModes[cut..]], [1, .. shape.Ranks[(cut + 1)..]], cut);
        return new WeightSplit(size, left, right, IsRightTransposed: false);
    }

    /// <summary>Makes a chain of some cores in a row; a single one is followed by a core that is the number 1.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="rowModes">The row modes.</param>
    /// <param name="columnModes">The column modes.</param>
    /// <param name="ranks">The ranks, 1 at both ends.</param>
    /// <param name="first">The first core's place in the whole.</param>
    /// <returns>The chain.</returns>
    internal static SplitSide Side(long rows, int[] rowModes, int[] columnModes, int[] ranks, int first)
    {
        int[] factors = [.. Enumerable.Range(first, rowModes.Length)];
        return rowModes.Length > 1
            ? new SplitSide(new TtmFormat(new TtmShape(rows, rowModes, columnModes, ranks)), factors)
            : new SplitSide(new TtmFormat(new TtmShape(rows, [.. rowModes, 1], [.. columnModes, 1], [.. ranks, 1])), [.. factors, -1]);
    }

    /// <summary>Counts the multiply-adds of evaluating every row once, over the tree of row prefixes.</summary>
    /// <remarks><code>Σ over k ≥ 1 of min(Rows, I[0]·…·I[k]) · J[0]·…·J[k] · R[k] · R[k+1]</code></remarks>
    /// <param name="shape">The shape.</param>
    /// <returns>The number.</returns>
    internal static double MultiplyAdds(TtmShape shape)
    {
        double sum = 0;
        double prefixes = shape.RowModes[0];
        double columns = shape.ColumnModes[0];
        for (int k = 1; k < shape.Order; k++)
        {
            prefixes *= shape.RowModes[k];
            columns *= shape.ColumnModes[k];
            sum += Math.Min(shape.Rows, prefixes) * columns * shape.Ranks[k] * shape.Ranks[k + 1];
        }

        return sum;
    }
}
