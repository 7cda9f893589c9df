using Dlrm.Numerics;

namespace Dlrm.Embeddings;

/// <summary>Chooses modes and starting ranks of a TT-matrix, a TT and a tensor ring.</summary>
/// <remarks><code>R[k] ≤ min( Π over l &lt; k of I[l]·J[l],  Π over l ≥ k of I[l]·J[l] )      what the unfoldings allow</code></remarks>
internal static class ChainBuilder
{
    /// <summary>Makes a TT-matrix: row mode k with column mode k.</summary>
    internal static LowRankFormat Ttm(LowRankOptions options, long rows, int columns)
    {
        bool isProjection = options.Layout == ModeLayout.Projection;
        int order = options.RowModes.Count > 0 ? options.RowModes.Count : options.ColumnModes.Count > 0 ? options.ColumnModes.Count : isProjection ? 2 : options.Order;
        int[] rowModes = options.RowModes.Count > 0 ? [.. options.RowModes] : isProjection ? [checked((int)rows), 1] : TtmModes.Rows(rows, order);
        int[] columnModes = options.ColumnModes.Count > 0 ? [.. options.ColumnModes] : isProjection ? [1, columns] : TtmModes.Columns(columns, order);
        return rowModes.Length == columnModes.Length ? Capped(options, rows, rowModes, columnModes, 0)
            : throw new ArgumentException($"A TT-matrix pairs row and column modes, but there are {rowModes.Length} row modes [{string.Join(", ", rowModes)}] and {columnModes.Length} column modes [{string.Join(", ", columnModes)}].");
    }

    /// <summary>Makes a TT: row modes, then column modes.</summary>
    internal static LowRankFormat Tt(LowRankOptions options, long rows, int columns)
    {
        (int[] rowModes, int[] columnModes) = LowRankFormats.SeparateModes(options, rows, columns);
        return Capped(options, rows, [.. rowModes, .. Ones(columnModes.Length)], [.. Ones(rowModes.Length), .. columnModes], rowModes.Length);
    }

    /// <summary>Makes a tensor ring: row modes, then column modes, closed to a loop. No rank is capped: the ranks of a ring are not identifiable.</summary>
    internal static LowRankFormat Ring(LowRankOptions options, long rows, int columns)
    {
        (int[] rowModes, int[] columnModes) = LowRankFormats.SeparateModes(options, rows, columns);
        int order = rowModes.Length + columnModes.Length;
        int[] ranks = LowRankFormats.StartRanks(options, order);
        return new RingFormat(new RingShape(rows, [.. rowModes, .. Ones(columnModes.Length)], [.. Ones(rowModes.Length), .. columnModes], [ranks[^1], .. ranks]), rowModes.Length);
    }

    private static int[] Ones(int count)
    {
        int[] ones = new int[count];
        Array.Fill(ones, 1);
        return ones;
    }

    private static TtmFormat Capped(LowRankOptions options, long rows, int[] rowModes, int[] columnModes, int separateRows)
    {
        int order = rowModes.Length;
        if (order < 2)
        {
            throw new ArgumentException($"A tensor train needs at least 2 cores, but the modes [{string.Join(", ", rowModes)}] and [{string.Join(", ", columnModes)}] make {order}.");
        }

        int[] ranks = [1, .. LowRankFormats.StartRanks(options, order - 1), 1];
        for (int k = 1; k < order; k++)
        {
            ranks[k] = (int)Math.Min(ranks[k], (long)ranks[k - 1] * rowModes[k - 1] * columnModes[k - 1]);
        }

        for (int k = order - 1; k > 0; k--)
        {
            ranks[k] = (int)Math.Min(ranks[k], (long)ranks[k + 1] * rowModes[k] * columnModes[k]);
        }

        return new TtmFormat(new TtmShape(rows, rowModes, columnModes, ranks), separateRows);
    }
}
