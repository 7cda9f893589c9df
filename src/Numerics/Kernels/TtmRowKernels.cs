using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Dlrm.Numerics.Kernels;

/// <summary>Multiplies rows of left interfaces by one slab: the inner step of TT-matrix rows and of their gradients.</summary>
/// <remarks>
/// <code>
/// forward       C[p, :] = A[p, :] · B          A[p]: a row of a parent's interface, B: slab R[k] × (J[k]·R[k+1])
/// gradients     dA[p, :] = dC[p, :] · Bᵀ       dB += Σ_p A[p, :]ᵀ · dC[p, :]
/// </code>
/// <para>Rows are given by pointers, so that rows of all nodes that share a slab are blocked together without being copied.</para>
/// <para>Layout: lanes are columns; no lane adds to another. A sum over the inner index has one accumulator and runs upwards, so its bits
/// do not depend on how rows are blocked. Error: |actual − exact| ≤ γ(R)·|A|·|B| for one product, γ(ΣR[k]) for a chain.</para>
/// <para>Versions: Reference (definition, double) and the 256-bit kernels, which also run, more slowly, where vectors are shorter.</para>
/// </remarks>
internal static unsafe partial class TtmRowKernels
{
    /// <summary>The most rows of one call.</summary>
    internal const int MaxRows = 128;

    /// <summary>The rows of the register block; pointer arrays have room for one more incomplete block.</summary>
    internal const int RowBlock = 4;

    /// <summary>Rounds up to whole vectors.</summary>
    /// <param name="count">A number of columns.</param>
    /// <returns>The next multiple of 8.</returns>
    internal static int Padded(int count) => (count + 7) & ~7;

    /// <summary>Writes <c>C[p, 0..columns) = Σ_r A[p][r] · B[r, 0..columns)</c>.</summary>
    /// <param name="a">Pointers to rows of <paramref name="inner"/> elements; room for <see cref="RowBlock"/> − 1 more, which is overwritten.</param>
    /// <param name="c">Pointers to rows of <paramref name="columns"/> elements; likewise.</param>
    /// <param name="rows">The number of rows.</param>
    /// <param name="inner">The length of the sums.</param>
    /// <param name="b">(inner, stride), readable up to Padded(columns).</param>
    /// <param name="stride">The stride of <paramref name="b"/>.</param>
    /// <param name="columns">The number of columns.</param>
    internal static void Multiply(float** a, float** c, int rows, int inner, float* b, int stride, int columns)
    {
        Debug.Assert(stride >= Padded(columns), "Whole vectors of B are read.");
        for (int p = rows; p % RowBlock != 0; p++)
        {
            // The last block is filled with copies of the last row: the same value is stored twice.
            a[p] = a[rows - 1];
            c[p] = c[rows - 1];
        }

        int column = 0;
        for (; Vector512.IsHardwareAccelerated && column + 32 <= columns; column += 32)
        {
            for (int p = 0; p < rows; p += RowBlock)
            {
                Block4x32(a + p, c + p, inner, b + column, stride, column);
            }
        }

        for (; column + 16 <= columns; column += 16)
        {
            for (int p = 0; p < rows; p += RowBlock)
            {
                Block4x16(a + p, c + p, inner, b + column, stride, column);
            }
        }

        for (; column < columns; column += 8)
        {
            for (int p = 0; p < rows; p += RowBlock)
            {
                Block4x8(a + p, c + p, inner, b + column, stride, column, columns - column);
            }
        }
    }

    /// <summary>Evaluates one entry of the table by its definition.</summary>
    /// <param name="shape">The shape.</param>
    /// <param name="cores">The cores.</param>
    /// <param name="row">The row i.</param>
    /// <param name="column">The column j.</param>
    /// <returns>E[i, j].</returns>
    internal static double Reference(TtmShape shape, double[][] cores, long row, int column)
    {
        int[] rowDigits = new int[shape.Order];
        shape.SplitRow(row, rowDigits);
        int[] columnDigits = SplitColumn(shape, column);
        double[] left = [1.0];
        for (int k = 0; k < shape.Order; k++)
        {
            double[] next = new double[shape.Ranks[k + 1]];
            for (int r = 0; r < left.Length; r++)
            {
                for (int s = 0; s < next.Length; s++)
                {
                    next[s] += left[r] * cores[k][EntryOf(shape, k, rowDigits[k], r, columnDigits[k], s)];
                }
            }

            left = next;
        }

        return left[0];
    }

    private static long EntryOf(TtmShape shape, int k, int i, int r, int j, int s) =>
        ((long)i * shape.SlabLength(k)) + (((r * shape.ColumnModes[k]) + j) * shape.Ranks[k + 1]) + s;

    private static int[] SplitColumn(TtmShape shape, int column)
    {
        int[] digits = new int[shape.Order];
        for (int k = shape.Order - 1; k >= 0; k--)
        {
            digits[k] = column % shape.ColumnModes[k];
            column /= shape.ColumnModes[k];
        }

        return digits;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Block4x32(float** a, float** c, int inner, float* b, int stride, int column)
    {
        float* a0 = a[0];
        float* a1 = a[1];
        float* a2 = a[2];
        float* a3 = a[3];
        Vector512<float> c00 = default, c01 = default, c10 = default, c11 = default;
        Vector512<float> c20 = default, c21 = default, c30 = default, c31 = default;
        for (int r = 0; r < inner; r++)
        {
            Vector512<float> b0 = Vector512.Load(b);
            Vector512<float> b1 = Vector512.Load(b + 16);
            b += stride;
            Vector512<float> x = Vector512.Create(a0[r]);
            c00 = Vector512.FusedMultiplyAdd(x, b0, c00);
            c01 = Vector512.FusedMultiplyAdd(x, b1, c01);
            x = Vector512.Create(a1[r]);
            c10 = Vector512.FusedMultiplyAdd(x, b0, c10);
            c11 = Vector512.FusedMultiplyAdd(x, b1, c11);
            x = Vector512.Create(a2[r]);
            c20 = Vector512.FusedMultiplyAdd(x, b0, c20);
            c21 = Vector512.FusedMultiplyAdd(x, b1, c21);
            x = Vector512.Create(a3[r]);
            c30 = Vector512.FusedMultiplyAdd(x, b0, c30);
            c31 = Vector512.FusedMultiplyAdd(x, b1, c31);
        }

        c00.Store(c[0] + column);
        c01.Store(c[0] + column + 16);
        c10.Store(c[1] + column);
        c11.Store(c[1] + column + 16);
        c20.Store(c[2] + column);
        c21.Store(c[2] + column + 16);
        c30.Store(c[3] + column);
        c31.Store(c[3] + column + 16);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Block4x16(float** a, float** c, int inner, float* b, int stride, int column)
    {
        float* a0 = a[0];
        float* a1 = a[1];
        float* a2 = a[2];
        float* a3 = a[3];
        Vector256<float> c00 = default, c01 = default, c10 = default, c11 = default;
        Vector256<float> c20 = default, c21 = default, c30 = default, c31 = default;
        for (int r = 0; r < inner; r++)
        {
            Vector256<float> b0 = Vector256.Load(b);
            Vector256<float> b1 = Vector256.Load(b + 8);
            b += stride;
            Vector256<float> x = Vector256.Create(a0[r]);
            c00 = Vector256.FusedMultiplyAdd(x, b0, c00);
            c01 = Vector256.FusedMultiplyAdd(x, b1, c01);
            x = Vector256.Create(a1[r]);
            c10 = Vector256.FusedMultiplyAdd(x, b0, c10);
            c11 = Vector256.FusedMultiplyAdd(x, b1, c11);
            x = Vector256.Create(a2[r]);
            c20 = Vector256.FusedMultiplyAdd(x, b0, c20);
            c21 = Vector256.FusedMultiplyAdd(x, b1, c21);
            x = Vector256.Create(a3[r]);
            c30 = Vector256.FusedMultiplyAdd(x, b0, c30);
            c31 = Vector256.FusedMultiplyAdd(x, b1, c31);
        }

        c00.Store(c[0] + column);
        c01.Store(c[0] + column + 8);
        c10.Store(c[1] + column);
        c11.Store(c[1] + column + 8);
        c20.Store(c[2] + column);
        c21.Store(c[2] + column + 8);
        c30.Store(c[3] + column);
        c31.Store(c[3] + column + 8);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Block4x8(float** a, float** c, int inner, float* b, int stride, int column, int width)
    {
        float* a0 = a[0];
        float* a1 = a[1];
        float* a2 = a[2];
        float* a3 = a[3];
        Vector256<float> c0 = default, c1 = default, c2 = default, c3 = default;
        for (int r = 0; r < inner; r++)
        {
            Vector256<float> b0 = Vector256.Load(b);
            b += stride;
            c0 = Vector256.FusedMultiplyAdd(Vector256.Create(a0[r]), b0, c0);
            c1 = Vector256.FusedMultiplyAdd(Vector256.Create(a1[r]), b0, c1);
            c2 = Vector256.FusedMultiplyAdd(Vector256.Create(a2[r]), b0, c2);
            c3 = Vector256.FusedMultiplyAdd(Vector256.Create(a3[r]), b0, c3);
        }

        if (width == 4)
        {
            // The usual narrow last core.
            c0.GetLower().Store(c[0] + column);
            c1.GetLower().Store(c[1] + column);
            c2.GetLower().Store(c[2] + column);
            c3.GetLower().Store(c[3] + column);
            return;
        }

        VectorEnds.Store(c0, c[0] + column, width);
        VectorEnds.Store(c1, c[1] + column, width);
        VectorEnds.Store(c2, c[2] + column, width);
        VectorEnds.Store(c3, c[3] + column, width);
    }
}
