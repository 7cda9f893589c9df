using System.Numerics;
using System.Runtime.CompilerServices;

namespace Dlrm.Embeddings;

/// <summary>Products with matrices as small as ranks, in double.</summary>
internal static class SmallMatrices
{
    /// <summary>Computes <c>result = matrix · b</c> for a matrix of rows of <paramref name="inner"/> numbers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void MultiplyRight(ReadOnlySpan<double> matrix, int inner, ReadOnlySpan<double> b, int columns, Span<double> result)
    {
        int target = 0;
        for (int start = 0; start < matrix.Length; start += inner, target += columns)
        {
            if (columns < Vector<double>.Count)
            {
                for (int s = 0; s < columns; s++)
                {
                    double sum = matrix[start] * b[s];
                    for (int r = 1; r < inner; r++)
                    {
                        sum += matrix[start + r] * b[(r * columns) + s];
                    }

                    result[target + s] = sum;
                }

                continue;
            }

            Combine(matrix.Slice(start, inner), b, result.Slice(target, columns));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Widen(ReadOnlySpan<float> source, Span<double> target)
    {
        for (int i = 0; i < source.Length; i++)
        {
            target[i] = source[i];
        }
    }

    /// <summary>Computes y = Σ_r factors[r] · x[r, :], each sum upwards from r = 0 in one register.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Combine(ReadOnlySpan<double> factors, ReadOnlySpan<double> x, Span<double> y)
    {
        int lanes = Vector<double>.Count;
        int c = 0;
        for (; c <= y.Length - (4 * lanes); c += 4 * lanes)
        {
            Vector<double> sum0 = Vector<double>.Zero, sum1 = sum0, sum2 = sum0, sum3 = sum0;
            for (int r = 0; r < factors.Length; r++)
            {
                Vector<double> factor = new(factors[r]);
                ReadOnlySpan<double> row = x.Slice((r * y.Length) + c, 4 * lanes);
                sum0 += factor * new Vector<double>(row);
                sum1 += factor * new Vector<double>(row[lanes..]);
                sum2 += factor * new Vector<double>(row[(2 * lanes)..]);
                sum3 += factor * new Vector<double>(row[(3 * lanes)..]);
            }

            Span<double> target = y.Slice(c, 4 * lanes);
            sum0.CopyTo(target);
            sum1.CopyTo(target[lanes..]);
            sum2.CopyTo(target[(2 * lanes)..]);
            sum3.CopyTo(target[(3 * lanes)..]);
        }

        for (; c <= y.Length - lanes; c += lanes)
        {
            Vector<double> sum = Vector<double>.Zero;
            for (int r = 0; r < factors.Length; r++)
            {
                sum += factors[r] * new Vector<double>(x[((r * y.Length) + c)..]);
            }

            sum.CopyTo(y[c..]);
        }

        for (; c < y.Length; c++)
        {
            double sum = 0;
            for (int r = 0; r < factors.Length; r++)
            {
                sum += factors[r] * x[(r * y.Length) + c];
            }

            y[c] = sum;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void AddScaled(double factor, ReadOnlySpan<double> x, Span<double> y)
    {
        int i = 0;
        for (; i <= x.Length - Vector<double>.Count; i += Vector<double>.Count)
        {
            (new Vector<double>(y[i..]) + (factor * new Vector<double>(x[i..]))).CopyTo(y[i..]);
        }

        for (; i < x.Length; i++)
        {
            y[i] += factor * x[i];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static double Dot(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        int i = 0;
        Vector<double> sums = Vector<double>.Zero;
        for (; i <= x.Length - Vector<double>.Count; i += Vector<double>.Count)
        {
            sums += new Vector<double>(x[i..]) * new Vector<double>(y[i..]);
        }

        double sum = Vector.Sum(sums);
        for (; i < x.Length; i++)
        {
            sum += x[i] * y[i];
        }

        return sum;
    }

    /// <summary>Transposes a matrix.</summary>
    internal static double[] Transposed(double[] values, int rows, int columns)
    {
        double[] result = new double[values.Length];
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
            {
                result[(j * rows) + i] = values[(i * columns) + j];
            }
        }

        return result;
    }
}
