using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Dlrm.Numerics.Kernels;

/// <summary>Multiplies a matrix by vectors that lie apart: <c>y[p][r] = Σ_c M[r, c] · x[p][c]</c>.</summary>
/// <remarks>Lanes are columns c: a sum has eight partial sums, c upwards in each, added in a fixed order. Rows and vectors are blocked in registers.</remarks>
internal static unsafe class RowDotKernels
{
    /// <summary>Results are written in blocks of so many rows.</summary>
    internal const int RowBlock = 4;

    /// <summary>Writes the products.</summary>
    /// <param name="matrix">M, (height, width) without gaps.</param>
    /// <param name="height">Rows of M.</param>
    /// <param name="width">Columns of M, whole vectors of 8.</param>
    /// <param name="x">Pointers to vectors of <paramref name="width"/>.</param>
    /// <param name="count">How many.</param>
    /// <param name="y">Receives vectors side by side, <paramref name="stride"/> apart.</param>
    /// <param name="stride">The height rounded up to <see cref="RowBlock"/>, or more; numbers behind the height are copies of the last.</param>
    internal static void Multiply(float* matrix, int height, int width, float** x, int count, float* y, int stride)
    {
        Debug.Assert(width % 8 == 0 && stride >= ((height + RowBlock - 1) & -RowBlock), "Whole vectors are read and whole blocks written.");
        for (int r = 0; r < height; r += RowBlock)
        {
            float* m0 = matrix + ((long)r * width);
            float* m1 = matrix + ((long)Math.Min(r + 1, height - 1) * width);
            float* m2 = matrix + ((long)Math.Min(r + 2, height - 1) * width);
            float* m3 = matrix + ((long)Math.Min(r + 3, height - 1) * width);
            int p = 0;
            for (; p + 2 <= count; p += 2)
            {
                Block4x2(m0, m1, m2, m3, width, x[p], x[p + 1], y + ((long)p * stride) + r, stride);
            }

            if (p < count)
            {
                Block4x1(m0, m1, m2, m3, width, x[p], y + ((long)p * stride) + r);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Block4x2(float* m0, float* m1, float* m2, float* m3, int width, float* x0, float* x1, float* y, int stride)
    {
        Vector256<float> s00 = default, s10 = default, s20 = default, s30 = default;
        Vector256<float> s01 = default, s11 = default, s21 = default, s31 = default;
        for (int c = 0; c < width; c += 8)
        {
            Vector256<float> v0 = Vector256.Load(x0 + c);
            Vector256<float> v1 = Vector256.Load(x1 + c);
            Vector256<float> m = Vector256.Load(m0 + c);
            s00 = Vector256.FusedMultiplyAdd(m, v0, s00);
            s01 = Vector256.FusedMultiplyAdd(m, v1, s01);
            m = Vector256.Load(m1 + c);
            s10 = Vector256.FusedMultiplyAdd(m, v0, s10);
            s11 = Vector256.FusedMultiplyAdd(m, v1, s11);
            m = Vector256.Load(m2 + c);
            s20 = Vector256.FusedMultiplyAdd(m, v0, s20);
            s21 = Vector256.FusedMultiplyAdd(m, v1, s21);
            m = Vector256.Load(m3 + c);
            s30 = Vector256.FusedMultiplyAdd(m, v0, s30);
            s31 = Vector256.FusedMultiplyAdd(m, v1, s31);
        }

        Vector128.Create(Vector256.Sum(s00), Vector256.Sum(s10), Vector256.Sum(s20), Vector256.Sum(s30)).Store(y);
        Vector128.Create(Vector256.Sum(s01), Vector256.Sum(s11), Vector256.Sum(s21), Vector256.Sum(s31)).Store(y + stride);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Block4x1(float* m0, float* m1, float* m2, float* m3, int width, float* x, float* y)
    {
        Vector256<float> s0 = default, s1 = default, s2 = default, s3 = default;
        for (int c = 0; c < width; c += 8)
        {
            Vector256<float> v = Vector256.Load(x + c);
            s0 = Vector256.FusedMultiplyAdd(Vector256.Load(m0 + c), v, s0);
            s1 = Vector256.FusedMultiplyAdd(Vector256.Load(m1 + c), v, s1);
            s2 = Vector256.FusedMultiplyAdd(Vector256.Load(m2 + c), v, s2);
            s3 = Vector256.FusedMultiplyAdd(Vector256.Load(m3 + c), v, s3);
        }

        Vector128.Create(Vector256.Sum(s0), Vector256.Sum(s1), Vector256.Sum(s2), Vector256.Sum(s3)).Store(y);
    }
}
