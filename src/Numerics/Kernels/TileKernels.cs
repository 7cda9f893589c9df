using System.Runtime.CompilerServices;

namespace Dlrm.Numerics.Kernels;

/// <summary>Multiplies a few rows by one or two vectors of columns, with all sums in registers: the heart of every matrix product.</summary>
/// <remarks>
/// <code>C[i, j] = f(Σ_p A[i, p]·B[p, j] + bias[j] + (accumulate ? C[i, j] : 0))     i &lt; rows ≤ 8, j &lt; 2 vectors, p ascending, one sum an element</code>
/// <para>Storage: A[i, p] is a[i·aRow + p·aDepth], so packed, plain and transposed memory are all read in place; rows of B and C are contiguous.</para>
/// <para>Each (lanes, rows, columns) is compiled on its own: comparisons with constants vanish, and with them the sums of absent rows.</para>
/// </remarks>
internal static unsafe class TileKernels
{
    /// <summary>Computes any number of rows: full tiles, then one of the rest.</summary>
    /// <typeparam name="TLanes">The vector width.</typeparam>
    /// <typeparam name="TVector">The vector.</typeparam>
    /// <param name="rows">The number of rows; any.</param>
    /// <param name="columns">The number of columns; whole vectors are computed, at most two.</param>
    /// <param name="tile">The operands; A and C at row 0.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Rows<TLanes, TVector>(int rows, int columns, Tile tile)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        bool isWide = columns > TLanes.Count;
        for (; rows >= TLanes.TileRows; rows -= TLanes.TileRows)
        {
            if (TLanes.TileRows == 8)
            {
                Dispatch<TLanes, TVector, Constants.Eight>(isWide, tile);
            }
            else
            {
                Dispatch<TLanes, TVector, Constants.Six>(isWide, tile);
            }

            tile.A += tile.ATile;
            tile.C += TLanes.TileRows * tile.CRow;
        }

        switch (rows)
        {
            case 7:
                Dispatch<TLanes, TVector, Constants.Seven>(isWide, tile);
                break;
            case 6:
                Dispatch<TLanes, TVector, Constants.Six>(isWide, tile);
                break;
            case 5:
                Dispatch<TLanes, TVector, Constants.Five>(isWide, tile);
                break;
            case 4:
                Dispatch<TLanes, TVector, Constants.Four>(isWide, tile);
                break;
            case 3:
                Dispatch<TLanes, TVector, Constants.Three>(isWide, tile);
                break;
            case 2:
                Dispatch<TLanes, TVector, Constants.Two>(isWide, tile);
                break;
            case 1:
                Dispatch<TLanes, TVector, Constants.One>(isWide, tile);
                break;
            default:
                break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Dispatch<TLanes, TVector, TRows>(bool isWide, in Tile tile)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
        where TRows : struct, IConstant
    {
        if (isWide)
        {
            Multiply<TLanes, TVector, TRows, Constants.Two>(tile);
        }
        else
        {
            Multiply<TLanes, TVector, TRows, Constants.One>(tile);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply<TLanes, TVector, TRows, TColumns>(in Tile tile)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
        where TRows : struct, IConstant
        where TColumns : struct, IConstant
    {
        TVector c00 = TLanes.Zero, c10 = TLanes.Zero, c20 = TLanes.Zero, c30 = TLanes.Zero;
        TVector c40 = TLanes.Zero, c50 = TLanes.Zero, c60 = TLanes.Zero, c70 = TLanes.Zero;
        TVector c01 = TLanes.Zero, c11 = TLanes.Zero, c21 = TLanes.Zero, c31 = TLanes.Zero;
        TVector c41 = TLanes.Zero, c51 = TLanes.Zero, c61 = TLanes.Zero, c71 = TLanes.Zero;
        float* a = tile.A;
        float* b = tile.B;
        nint aDepth = tile.ADepth;
        nint bDepth = tile.BDepth;
        nint row1 = tile.ARow, row2 = row1 * 2, row3 = row1 * 3, row4 = row1 * 4, row5 = row1 * 5, row6 = row1 * 6, row7 = row1 * 7;
        for (int p = tile.Depth; p > 0; p--)
        {
            TVector b0 = TLanes.Load(b);
            TVector b1 = TColumns.Value > 1 ? TLanes.Load(b + TLanes.Count) : TLanes.Zero;
            Step<TLanes, TVector, TColumns>(a[0], b0, b1, ref c00, ref c01);
            if (TRows.Value > 1)
            {
                Step<TLanes, TVector, TColumns>(a[row1], b0, b1, ref c10, ref c11);
            }

            if (TRows.Value > 2)
            {
                Step<TLanes, TVector, TColumns>(a[row2], b0, b1, ref c20, ref c21);
            }

            if (TRows.Value > 3)
            {
                Step<TLanes, TVector, TColumns>(a[row3], b0, b1, ref c30, ref c31);
            }

            if (TRows.Value > 4)
            {
                Step<TLanes, TVector, TColumns>(a[row4], b0, b1, ref c40, ref c41);
            }

            if (TRows.Value > 5)
            {
                Step<TLanes, TVector, TColumns>(a[row5], b0, b1, ref c50, ref c51);
            }

            if (TRows.Value > 6)
            {
                Step<TLanes, TVector, TColumns>(a[row6], b0, b1, ref c60, ref c61);
            }

            if (TRows.Value > 7)
            {
                Step<TLanes, TVector, TColumns>(a[row7], b0, b1, ref c70, ref c71);
            }

            a += aDepth;
            b += bDepth;
        }

        Finish<TLanes, TVector, TColumns>(tile, 0, c00, c01);
        if (TRows.Value > 1)
        {
            Finish<TLanes, TVector, TColumns>(tile, 1, c10, c11);
        }

        if (TRows.Value > 2)
        {
            Finish<TLanes, TVector, TColumns>(tile, 2, c20, c21);
        }

        if (TRows.Value > 3)
        {
            Finish<TLanes, TVector, TColumns>(tile, 3, c30, c31);
        }

        if (TRows.Value > 4)
        {
            Finish<TLanes, TVector, TColumns>(tile, 4, c40, c41);
        }

        if (TRows.Value > 5)
        {
            Finish<TLanes, TVector, TColumns>(tile, 5, c50, c51);
        }

        if (TRows.Value > 6)
        {
            Finish<TLanes, TVector, TColumns>(tile, 6, c60, c61);
        }

        if (TRows.Value > 7)
        {
            Finish<TLanes, TVector, TColumns>(tile, 7, c70, c71);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Step<TLanes, TVector, TColumns>(float a, TVector b0, TVector b1, ref TVector c0, ref TVector c1)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
        where TColumns : struct, IConstant
    {
        TVector x = TLanes.Broadcast(a);
        c0 = TLanes.MultiplyAdd(x, b0, c0);
        if (TColumns.Value > 1)
        {
            c1 = TLanes.MultiplyAdd(x, b1, c1);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Finish<TLanes, TVector, TColumns>(in Tile tile, int row, TVector c0, TVector c1)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
        where TColumns : struct, IConstant
    {
        float* c = tile.C + (row * tile.CRow);
        Finish<TLanes, TVector>(tile, c, tile.Bias, c0);
        if (TColumns.Value > 1)
        {
            Finish<TLanes, TVector>(tile, c + TLanes.Count, tile.Bias is null ? null : tile.Bias + TLanes.Count, c1);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Finish<TLanes, TVector>(in Tile tile, float* c, float* bias, TVector sum)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        if (bias is not null)
        {
            sum = TLanes.Add(sum, TLanes.Load(bias));
        }

        if (tile.Accumulate)
        {
            sum = TLanes.Add(sum, TLanes.Load(c));
        }

        if (tile.Relu)
        {
            sum = TLanes.Relu(sum);
        }

        TLanes.Store(sum, c);
    }
}
