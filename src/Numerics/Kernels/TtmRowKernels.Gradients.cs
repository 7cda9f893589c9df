using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Dlrm.Numerics.Kernels;

/// <content>Sums of outer products: the gradient of a slab.</content>
internal static unsafe partial class TtmRowKernels
{
    /// <summary>Adds <c>D[x, y] += Σ_p X[p][x] · Y[p][y]</c>, p upwards.</summary>
    /// <param name="x">Pointers to rows of <paramref name="height"/> elements.</param>
    /// <param name="y">Pointers to rows of <paramref name="width"/> elements; lanes run along these.</param>
    /// <param name="rows">The number of rows p, at most <see cref="MaxRows"/>.</param>
    /// <param name="height">The rows of D.</param>
    /// <param name="width">The columns of D.</param>
    /// <param name="d">(height, width) with the given stride.</param>
    /// <param name="stride">The stride of <paramref name="d"/>.</param>
    /// <param name="tails">Scratch of 8·<see cref="MaxRows"/> floats.</param>
    [SkipLocalsInit]
    internal static void AddOuterProducts(float** x, float** y, int rows, int height, int width, float* d, int stride, float* tails)
    {
        Debug.Assert(rows <= MaxRows, "Scratch holds so many rows.");
        int column = 0;
        for (; column + 16 <= width; column += 16)
        {
            int row = 0;
            for (; row + 4 <= height; row += 4)
            {
                Outer4x16(x, y, rows, row, column, d + ((long)row * stride) + column, stride);
            }

            for (; row < height; row++)
            {
                Outer1x16(x, y, rows, row, column, d + ((long)row * stride) + column);
            }
        }

        float** copies = stackalloc float*[MaxRows];
        for (; column < width; column += 8)
        {
            int count = Math.Min(8, width - column);
            float** tail = y;
            if (column > 0 || count < 8)
            {
                CopyTails(y, rows, column, count, tails, copies);
                tail = copies;
            }

            int row = 0;
            for (; row + 4 <= height; row += 4)
            {
                Outer4x8(x, tail, rows, row, d + ((long)row * stride) + column, stride, count);
            }

            for (; row < height; row++)
            {
                Outer1x8(x, tail, rows, row, d + ((long)row * stride) + column, count);
            }
        }
    }

    /// <summary>Adds the gradient of one row's entries to every core, by definition.</summary>
    /// <remarks><code>coreGradients[k][i_k][a, j_k, b] += Σ_j g[j] · left_k[a] · right_k[b]      left and right: the chain without core k</code></remarks>
    /// <param name="shape">The shape.</param>
    /// <param name="cores">The cores.</param>
    /// <param name="row">The row i.</param>
    /// <param name="rowGradient">g, J numbers.</param>
    /// <param name="coreGradients">Are added to.</param>
    internal static void GradientReference(TtmShape shape, double[][] cores, long row, ReadOnlySpan<double> rowGradient, double[][] coreGradients)
    {
        int[] digits = new int[shape.Order];
        shape.SplitRow(row, digits);
        for (int column = 0; column < shape.EmbeddingDim; column++)
        {
            int[] columnDigits = SplitColumn(shape, column);
            for (int k = 0; k < shape.Order; k++)
            {
                double[] left = LeftChain(shape, cores, digits, columnDigits, k);
                double[] right = RightChain(shape, cores, digits, columnDigits, k);
                for (int a = 0; a < left.Length; a++)
                {
                    for (int b = 0; b < right.Length; b++)
                    {
                        coreGradients[k][EntryOf(shape, k, digits[k], a, columnDigits[k], b)] += rowGradient[column] * left[a] * right[b];
                    }
                }
            }
        }
    }

    private static double[] LeftChain(TtmShape shape, double[][] cores, int[] digits, int[] columnDigits, int end)
    {
        double[] left = [1.0];
        for (int k = 0; k < end; k++)
        {
            double[] next = new double[shape.Ranks[k + 1]];
            for (int entry = 0; entry < left.Length * next.Length; entry++)
            {
                int r = entry / next.Length;
                int s = entry % next.Length;
                next[s] += left[r] * cores[k][EntryOf(shape, k, digits[k], r, columnDigits[k], s)];
            }

            left = next;
        }

        return left;
    }

    private static double[] RightChain(TtmShape shape, double[][] cores, int[] digits, int[] columnDigits, int start)
    {
        double[] right = [1.0];
        for (int k = shape.Order - 1; k > start; k--)
        {
            double[] next = new double[shape.Ranks[k]];
            for (int entry = 0; entry < next.Length * right.Length; entry++)
            {
                int r = entry / right.Length;
                int s = entry % right.Length;
                next[r] += cores[k][EntryOf(shape, k, digits[k], r, columnDigits[k], s)] * right[s];
            }

            right = next;
        }

        return right;
    }

    private static void CopyTails(float** y, int rows, int column, int count, float* tails, float** tail)
    {
        for (int p = 0; p < rows; p++)
        {
            tail[p] = y[p] + column;
            if (count < 8)
            {
                // Behind the last row there may be nothing to read.
                tail[p] = tails + (8 * p);
                for (int i = 0; i < 8; i++)
                {
                    tail[p][i] = i < count ? y[p][column + i] : 0f;
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Outer4x16(float** x, float** y, int rows, int row, int column, float* d, int stride)
    {
        float* d0 = d;
        float* d1 = d + stride;
        float* d2 = d1 + stride;
        float* d3 = d2 + stride;
        Vector256<float> d00 = Vector256.Load(d0), d01 = Vector256.Load(d0 + 8), d10 = Vector256.Load(d1), d11 = Vector256.Load(d1 + 8);
        Vector256<float> d20 = Vector256.Load(d2), d21 = Vector256.Load(d2 + 8), d30 = Vector256.Load(d3), d31 = Vector256.Load(d3 + 8);
        for (int p = 0; p < rows; p++)
        {
            float* xs = x[p] + row;
            float* ys = y[p] + column;
            Vector256<float> y0 = Vector256.Load(ys);
            Vector256<float> y1 = Vector256.Load(ys + 8);
            Vector256<float> v = Vector256.Create(xs[0]);
            d00 = Vector256.FusedMultiplyAdd(v, y0, d00);
            d01 = Vector256.FusedMultiplyAdd(v, y1, d01);
            v = Vector256.Create(xs[1]);
            d10 = Vector256.FusedMultiplyAdd(v, y0, d10);
            d11 = Vector256.FusedMultiplyAdd(v, y1, d11);
            v = Vector256.Create(xs[2]);
            d20 = Vector256.FusedMultiplyAdd(v, y0, d20);
            d21 = Vector256.FusedMultiplyAdd(v, y1, d21);
            v = Vector256.Create(xs[3]);
            d30 = Vector256.FusedMultiplyAdd(v, y0, d30);
            d31 = Vector256.FusedMultiplyAdd(v, y1, d31);
        }

        d00.Store(d0);
        d01.Store(d0 + 8);
        d10.Store(d1);
        d11.Store(d1 + 8);
        d20.Store(d2);
        d21.Store(d2 + 8);
        d30.Store(d3);
        d31.Store(d3 + 8);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Outer1x16(float** x, float** y, int rows, int row, int column, float* d)
    {
        Vector256<float> d0 = Vector256.Load(d), d1 = Vector256.Load(d + 8);
        for (int p = 0; p < rows; p++)
        {
            float* ys = y[p] + column;
            Vector256<float> v = Vector256.Create(x[p][row]);
            d0 = Vector256.FusedMultiplyAdd(v, Vector256.Load(ys), d0);
            d1 = Vector256.FusedMultiplyAdd(v, Vector256.Load(ys + 8), d1);
        }

        d0.Store(d);
        d1.Store(d + 8);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Outer4x8(float** x, float** y, int rows, int row, float* d, int stride, int count)
    {
        float* d1 = d + stride;
        float* d2 = d1 + stride;
        float* d3 = d2 + stride;
        Vector256<float> v0 = VectorEnds.Load(d, count), v1 = VectorEnds.Load(d1, count);
        Vector256<float> v2 = VectorEnds.Load(d2, count), v3 = VectorEnds.Load(d3, count);
        for (int p = 0; p < rows; p++)
        {
            float* xs = x[p] + row;
            Vector256<float> ys = Vector256.Load(y[p]);
            v0 = Vector256.FusedMultiplyAdd(Vector256.Create(xs[0]), ys, v0);
            v1 = Vector256.FusedMultiplyAdd(Vector256.Create(xs[1]), ys, v1);
            v2 = Vector256.FusedMultiplyAdd(Vector256.Create(xs[2]), ys, v2);
            v3 = Vector256.FusedMultiplyAdd(Vector256.Create(xs[3]), ys, v3);
        }

        VectorEnds.Store(v0, d, count);
        VectorEnds.Store(v1, d1, count);
        VectorEnds.Store(v2, d2, count);
        VectorEnds.Store(v3, d3, count);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Outer1x8(float** x, float** y, int rows, int row, float* d, int count)
    {
        Vector256<float> sum = VectorEnds.Load(d, count);
        for (int p = 0; p < rows; p++)
        {
            sum = Vector256.FusedMultiplyAdd(Vector256.Create(x[p][row]), Vector256.Load(y[p]), sum);
        }

        VectorEnds.Store(sum, d, count);
    }
}
