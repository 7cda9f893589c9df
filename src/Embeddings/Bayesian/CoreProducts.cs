using System.Numerics;
using System.Runtime.CompilerServices;
using Dlrm.Numerics;

namespace Dlrm.Embeddings;

/// <summary>Products of a core's slabs with small matrices, in double: what gauge moves are made of.</summary>
/// <remarks>
/// One slab is worked on at a time, in memory that stays in the cache. Compiled once, optimised: a run calls these too rarely for the run time to find
/// out that they are worth it.
/// </remarks>
internal static class CoreProducts
{
    private const int ChunkRows = 256;

    /// <summary>Computes G′[i] = A · G[i] · B for each slab, A (R[k]′, R[k]) and B (R[k+1], R[k+1]′).</summary>
    /// <param name="shape">The shape before.</param>
    /// <param name="k">The core.</param>
    /// <param name="core">Its entries, slab by slab.</param>
    /// <param name="a">A, row-major.</param>
    /// <param name="newLeft">R[k]′.</param>
    /// <param name="b">B, row-major.</param>
    /// <param name="newRight">R[k+1]′.</param>
    /// <param name="result">Receives the entries of the new core.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Apply(
        TtmShape shape, int k, ReadOnlySpan<float> core, ReadOnlySpan<double> a, int newLeft, ReadOnlySpan<double> b, int newRight, Span<float> result)
    {
        int left = shape.Ranks[k];
        int columns = shape.ColumnModes[k];
        if (left == 1 && newLeft == 1)
        {
            ApplyRight(core[..(shape.RowModes[k] * columns * shape.Ranks[k + 1])], shape.Ranks[k + 1], a[0], b, newRight, result);
            return;
        }

        int slab = left * columns * shape.Ranks[k + 1];
        int width = columns * newRight;
        double[] wide = new double[slab];
        double[] half = new double[left * width];
        double[] sum = new double[width];
        for (int i = 0; i < shape.RowModes[k]; i++)
        {
            Widen(core.Slice(i * slab, slab), wide);
            MultiplyRight(wide, shape.Ranks[k + 1], b, newRight, half);
            for (int row = 0; row < newLeft; row++)
            {
                Combine(a.Slice(row * left, left), half, sum);
                Span<float> target = result.Slice(((i * newLeft) + row) * width, width);
                for (int c = 0; c < target.Length; c++)
                {
                    target[c] = (float)sum[c];
                }
            }
        }
    }

    /// <summary>Sums Σ over (i, j) of G[:, i, j, :]ᵀ · left · G[:, i, j, :].</summary>
    /// <param name="shape">The shape.</param>
    /// <param name="k">The core.</param>
    /// <param name="core">Its entries, slab by slab.</param>
    /// <param name="left">(R[k], R[k]), row-major.</param>
    /// <returns>(R[k+1], R[k+1]), row-major.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static double[] LeftGram(TtmShape shape, int k, ReadOnlySpan<float> core, ReadOnlySpan<double> left)
    {
        int rows = shape.Ranks[k];
        int right = shape.Ranks[k + 1];
        int width = shape.ColumnModes[k] * right;
        double[] gram = new double[right * right];
        if (rows == 1)
        {
            AddSquares(core[..(shape.RowModes[k] * width)], right, left[0], gram);
            return gram;
        }

        double[] slab = new double[rows * width];
        double[] product = new double[width];
        for (int i = 0; i < shape.RowModes[k]; i++)
        {
            Widen(core.Slice(i * slab.Length, slab.Length), slab);
            for (int a = 0; a < rows; a++)
            {
                Combine(left.Slice(a * rows, rows), slab, product);
                for (int j = 0; j < width; j += right)
                {
                    for (int r = 0; r < right; r++)
                    {
                        AddScaled(slab[(a * width) + j + r], product.AsSpan(j, right), gram.AsSpan(r * right, right));
                    }
                }
            }
        }

        return gram;
    }

    /// <summary>Sums Σ over (i, j) of G[:, i, j, :] · right · G[:, i, j, :]ᵀ.</summary>
    /// <param name="shape">The shape.</param>
    /// <param name="k">The core.</param>
    /// <param name="core">Its entries, slab by slab.</param>
    /// <param name="right">(R[k+1], R[k+1]), row-major.</param>
    /// <returns>(R[k], R[k]), row-major.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static double[] RightGram(TtmShape shape, int k, ReadOnlySpan<float> core, ReadOnlySpan<double> right)
    {
        int rows = shape.Ranks[k];
        int inner = shape.Ranks[k + 1];
        int width = shape.ColumnModes[k] * inner;
        double[] gram = new double[rows * rows];
        double[] slab = new double[rows * width];
        double[] product = new double[rows * width];
        for (int i = 0; i < shape.RowModes[k]; i++)
        {
            Widen(core.Slice(i * slab.Length, slab.Length), slab);
            MultiplyRight(slab, inner, right, inner, product);
            for (int a = 0; a < rows; a++)
            {
                for (int c = 0; c < rows; c++)
                {
                    gram[(a * rows) + c] += Dot(product.AsSpan(a * width, width), slab.AsSpan(c * width, width));
                }
            }
        }

        return gram;
    }

    /// <summary>Computes <c>result = a · core · b</c> for a first core: one matrix of (I·J) rows of <paramref name="inner"/> numbers, not many tiny slabs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ApplyRight(ReadOnlySpan<float> core, int inner, double a, ReadOnlySpan<double> b, int columns, Span<float> result)
    {
        double[] wide = new double[ChunkRows * inner];
        double[] product = new double[ChunkRows * columns];
        int rows = core.Length / inner;
        for (int start = 0; start < rows; start += ChunkRows)
        {
            int count = Math.Min(ChunkRows, rows - start);
            Widen(core.Slice(start * inner, count * inner), wide);
            MultiplyRight(wide.AsSpan(0, count * inner), inner, b, columns, product);
            Span<float> target = result.Slice(start * columns, count * columns);
            for (int c = 0; c < target.Length; c++)
            {
                target[c] = (float)(a * product[c]);
            }
        }
    }

    /// <summary>Adds <c>scale · Σ v·vᵀ</c> over the rows v of <paramref name="inner"/> numbers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddSquares(ReadOnlySpan<float> core, int inner, double scale, double[] gram)
    {
        double[] wide = new double[inner];
        for (int start = 0; start < core.Length; start += inner)
        {
            Widen(core.Slice(start, inner), wide);
            for (int r = 0; r < inner; r++)
            {
                double value = scale * wide[r];
                if (inner < Vector<double>.Count)
                {
                    for (int s = 0; s < inner; s++)
                    {
                        gram[(r * inner) + s] += value * wide[s];
                    }

                    continue;
                }

                AddScaled(value, wide, gram.AsSpan(r * inner, inner));
            }
        }
    }

    /// <summary>Computes <c>result = matrix · b</c> for a matrix of rows of <paramref name="inner"/> numbers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MultiplyRight(ReadOnlySpan<double> matrix, int inner, ReadOnlySpan<double> b, int columns, Span<double> result)
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
    private static void Widen(ReadOnlySpan<float> source, Span<double> target)
    {
        for (int i = 0; i < source.Length; i++)
        {
            target[i] = source[i];
        }
    }

    /// <summary>Computes y = Σ_r factors[r] · x[r, :], each sum upwards from r = 0 in one register.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Combine(ReadOnlySpan<double> factors, ReadOnlySpan<double> x, Span<double> y)
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
    private static void AddScaled(double factor, ReadOnlySpan<double> x, Span<double> y)
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
    private static double Dot(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
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
}
