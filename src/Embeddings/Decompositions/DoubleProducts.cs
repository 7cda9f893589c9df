using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

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
        int tileColumns = 2 * Vector<double>.Count;
        double[] packed = new double[Math.Min(InnerBlock, inner) * tileColumns];
        double[] end = new double[TileRows * tileColumns];
        for (int first = 0; first < inner; first += InnerBlock)
        {
            int count = Math.Min(InnerBlock, inner - first);
            for (int column = 0; column < n; column += tileColumns)
            {
                int columns = Math.Min(tileColumns, n - column);
                for (int r = 0; r < count; r++)
                {
                    b.Slice(((first + r) * n) + column, columns).CopyTo(packed.AsSpan(r * tileColumns));
                }

                if (columns == tileColumns)
                {
                    AddColumns(a[first..], inner, count, packed, c[column..], n, m);
                    continue;
                }

                // The last columns fill a part of a tile only: four rows at a time are summed beside C.
                for (int row = 0; row < m; row += TileRows)
                {
                    int rows = Math.Min(TileRows, m - row);
                    Array.Clear(end);
                    AddColumns(a[((row * inner) + first)..], inner, count, packed, end, tileColumns, rows);
                    for (int i = 0; i < rows; i++)
                    {
                        for (int j = 0; j < columns; j++)
                        {
                            c[((row + i) * n) + column + j] += end[(i * tileColumns) + j];
                        }
                    }
                }
            }
        }
    }

    private static void AddColumns(ReadOnlySpan<double> a, int inner, int count, ReadOnlySpan<double> packed, Span<double> c, int n, int m)
    {
        ReadOnlySpan<Vector<double>> b = MemoryMarshal.Cast<double, Vector<double>>(packed)[..(2 * count)];
        int row = 0;
        for (; row <= m - TileRows; row += TileRows)
        {
            ReadOnlySpan<double> rows = a[(row * inner)..];
            AddTile(rows[..count], rows.Slice(inner, count), rows.Slice(2 * inner, count), rows.Slice(3 * inner, count), b, n, c[(row * n)..]);
        }

        for (; row < m; row++)
        {
            AddRow(a.Slice(row * inner, count), b, c[(row * n)..]);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddTile(
        ReadOnlySpan<double> a0, ReadOnlySpan<double> a1, ReadOnlySpan<double> a2, ReadOnlySpan<double> a3, ReadOnlySpan<Vector<double>> b, int n, Span<double> c)
    {
        int lanes = Vector<double>.Count;
        Vector<double> c00 = new(c), c01 = new(c[lanes..]);
        Vector<double> c10 = new(c[n..]), c11 = new(c[(n + lanes)..]);
        Vector<double> c20 = new(c[(2 * n)..]), c21 = new(c[((2 * n) + lanes)..]);
        Vector<double> c30 = new(c[(3 * n)..]), c31 = new(c[((3 * n) + lanes)..]);
        a1 = a1[..a0.Length];
        a2 = a2[..a0.Length];
        a3 = a3[..a0.Length];
        b = b[..(2 * a0.Length)];
        for (int r = 0; r < a0.Length; r++)
        {
            Vector<double> b0 = b[2 * r];
            Vector<double> b1 = b[(2 * r) + 1];
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
    private static void AddRow(ReadOnlySpan<double> a, ReadOnlySpan<Vector<double>> b, Span<double> c)
    {
        Vector<double> c0 = new(c), c1 = new(c[Vector<double>.Count..]);
        b = b[..(2 * a.Length)];
        for (int r = 0; r < a.Length; r++)
        {
            Vector<double> factor = new(a[r]);
            c0 = Vector.FusedMultiplyAdd(factor, b[2 * r], c0);
            c1 = Vector.FusedMultiplyAdd(factor, b[(2 * r) + 1], c1);
        }

        c0.CopyTo(c);
        c1.CopyTo(c[Vector<double>.Count..]);
    }
}
