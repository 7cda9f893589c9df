using System.Numerics;
using System.Runtime.CompilerServices;

namespace Dlrm.Embeddings;

/// <summary>Products of row-major matrices in double: tiles of four rows by two vectors, which stay in registers.</summary>
internal static class DoubleProducts
{
    private const int TileRows = 4;

    /// <summary>The length of the sums that are done at a time: what a tile reads of B stays in the first cache.</summary>
    private const int InnerBlock = 256;

    /// <summary>Computes <c>C += A·B</c>, every sum upwards.</summary>
    /// <param name="a">(m, inner).</param>
    /// <param name="inner">The length of the sums.</param>
    /// <param name="b">(inner, n).</param>
    /// <param name="n">The columns of B and C.</param>
    /// <param name="c">(m, n).</param>
    internal static void MultiplyAdd(ReadOnlySpan<double> a, int inner, ReadOnlySpan<double> b, int n, Span<double> c)
    {
        int m = c.Length / n;
        int lanes = Vector<double>.Count;
        for (int first = 0; first < inner; first += InnerBlock)
        {
            int count = Math.Min(InnerBlock, inner - first);
            ReadOnlySpan<double> rows = b.Slice(first * n, count * n);
            int column = 0;
            for (; column <= n - (2 * lanes); column += 2 * lanes)
            {
                int row = 0;
                for (; row <= m - TileRows; row += TileRows)
                {
                    AddTile(
                        a.Slice((row * inner) + first, count),
                        a.Slice(((row + 1) * inner) + first, count),
                        a.Slice(((row + 2) * inner) + first, count),
                        a.Slice(((row + 3) * inner) + first, count),
                        rows[column..],
                        n,
                        c[((row * n) + column)..]);
                }

                for (; row < m; row++)
                {
                    AddRow(a.Slice((row * inner) + first, count), rows[column..], n, c.Slice((row * n) + column, 2 * lanes));
                }
            }

            if (column < n)
            {
                for (int row = 0; row < m; row++)
                {
                    AddEnd(a.Slice((row * inner) + first, count), rows, n, column, c.Slice(row * n, n));
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddTile(ReadOnlySpan<double> a0, ReadOnlySpan<double> a1, ReadOnlySpan<double> a2, ReadOnlySpan<double> a3, ReadOnlySpan<double> b, int n, Span<double> c)
    {
        int lanes = Vector<double>.Count;
        Vector<double> c00 = new(c), c01 = new(c[lanes..]);
        Vector<double> c10 = new(c[n..]), c11 = new(c[(n + lanes)..]);
        Vector<double> c20 = new(c[(2 * n)..]), c21 = new(c[((2 * n) + lanes)..]);
        Vector<double> c30 = new(c[(3 * n)..]), c31 = new(c[((3 * n) + lanes)..]);
        int at = 0;
        for (int r = 0; r < a0.Length; r++, at += n)
        {
            Vector<double> b0 = new(b[at..]);
            Vector<double> b1 = new(b[(at + lanes)..]);
            Vector<double> factor = new(a0[r]);
            c00 = Vector.FusedMultiplyAdd(factor, b0, c00);
            c01 = Vector.FusedMultiplyAdd(factor, b1, c01);
            factor = new(a1[r]);
            c10 = Vector.FusedMultiplyAdd(factor, b0, c10);
            c11 = Vector.FusedMultiplyAdd(factor, b1, c11);
            factor = new(a2[r]);
            c20 = Vector.FusedMultiplyAdd(factor, b0, c20);
            c21 = Vector.FusedMultiplyAdd(factor, b1, c21);
            factor = new(a3[r]);
            c30 = Vector.FusedMultiplyAdd(factor, b0, c30);
            c31 = Vector.FusedMultiplyAdd(factor, b1, c31);
        }

        c00.CopyTo(c);
        c01.CopyTo(c[lanes..]);
        c10.CopyTo(c[n..]);
        c11.CopyTo(c[(n + lanes)..]);
        c20.CopyTo(c[(2 * n)..]);
        c21.CopyTo(c[((2 * n) + lanes)..]);
        c30.CopyTo(c[(3 * n)..]);
        c31.CopyTo(c[((3 * n) + lanes)..]);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddRow(ReadOnlySpan<double> a, ReadOnlySpan<double> b, int n, Span<double> c)
    {
        int lanes = Vector<double>.Count;
        Vector<double> c0 = new(c), c1 = new(c[lanes..]);
        int at = 0;
        for (int r = 0; r < a.Length; r++, at += n)
        {
            Vector<double> factor = new(a[r]);
            c0 = Vector.FusedMultiplyAdd(factor, new Vector<double>(b[at..]), c0);
            c1 = Vector.FusedMultiplyAdd(factor, new Vector<double>(b[(at + lanes)..]), c1);
        }

        c0.CopyTo(c);
        c1.CopyTo(c[lanes..]);
    }

    /// <summary>The last columns of one row: a vector where one fits, then one by one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddEnd(ReadOnlySpan<double> a, ReadOnlySpan<double> b, int n, int column, Span<double> c)
    {
        if (column <= n - Vector<double>.Count)
        {
            Vector<double> sums = new(c[column..]);
            for (int r = 0; r < a.Length; r++)
            {
                sums = Vector.FusedMultiplyAdd(new Vector<double>(a[r]), new Vector<double>(b[((r * n) + column)..]), sums);
            }

            sums.CopyTo(c[column..]);
            column += Vector<double>.Count;
        }

        for (; column < n; column++)
        {
            double sum = c[column];
            for (int r = 0; r < a.Length; r++)
            {
                sum = Math.FusedMultiplyAdd(a[r], b[(r * n) + column], sum);
            }

            c[column] = sum;
        }
    }
}
