using System.Numerics;
using System.Runtime.CompilerServices;

namespace Dlrm.Embeddings;

/// <summary>Gram matrices of the interfaces of a chain of cores, in double, by one pass over each core.</summary>
internal static class InterfaceGrams
{
    /// <summary>Sums Σ over (i, j) of G[:, i, j, :]ᵀ · left · G[:, i, j, :].</summary>
    /// <param name="size">The sizes of the core.</param>
    /// <param name="core">Its entries, slab by slab.</param>
    /// <param name="left">(R[k], R[k]), row-major.</param>
    /// <returns>(R[k+1], R[k+1]), row-major.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static double[] LeftGram(CoreSize size, ReadOnlySpan<float> core, ReadOnlySpan<double> left)
    {
        int rows = size.Left;
        int right = size.Right;
        int width = size.Columns * right;
        double[] gram = new double[right * right];
        if (rows == 1)
        {
            AddSquares(core[..(size.Rows * width)], right, left[0], gram);
            return gram;
        }

        double[] slab = new double[rows * width];
        double[] product = new double[width];
        for (int i = 0; i < size.Rows; i++)
        {
            SmallMatrices.Widen(core.Slice(i * slab.Length, slab.Length), slab);
            for (int a = 0; a < rows; a++)
            {
                SmallMatrices.Combine(left.Slice(a * rows, rows), slab, product);
                for (int j = 0; j < width; j += right)
                {
                    for (int r = 0; r < right; r++)
                    {
                        SmallMatrices.AddScaled(slab[(a * width) + j + r], product.AsSpan(j, right), gram.AsSpan(r * right, right));
                    }
                }
            }
        }

        return gram;
    }

    /// <summary>Sums Σ over (i, j) of G[:, i, j, :] · right · G[:, i, j, :]ᵀ.</summary>
    /// <param name="size">The sizes of the core.</param>
    /// <param name="core">Its entries, slab by slab.</param>
    /// <param name="right">(R[k+1], R[k+1]), row-major.</param>
    /// <returns>(R[k], R[k]), row-major.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static double[] RightGram(CoreSize size, ReadOnlySpan<float> core, ReadOnlySpan<double> right)
    {
        int rows = size.Left;
        int inner = size.Right;
        int width = size.Columns * inner;
        double[] gram = new double[rows * rows];
        double[] slab = new double[rows * width];
        double[] product = new double[rows * width];
        for (int i = 0; i < size.Rows; i++)
        {
            SmallMatrices.Widen(core.Slice(i * slab.Length, slab.Length), slab);
            SmallMatrices.MultiplyRight(slab, inner, right, inner, product);
            for (int a = 0; a < rows; a++)
            {
                for (int c = 0; c < rows; c++)
                {
                    gram[(a * rows) + c] += SmallMatrices.Dot(product.AsSpan(a * width, width), slab.AsSpan(c * width, width));
                }
            }
        }

        return gram;
    }

    /// <summary>Adds <c>scale · Σ v·vᵀ</c> over the rows v of <paramref name="inner"/> numbers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddSquares(ReadOnlySpan<float> core, int inner, double scale, double[] gram)
    {
        double[] wide = new double[inner];
        for (int start = 0; start < core.Length; start += inner)
        {
            SmallMatrices.Widen(core.Slice(start, inner), wide);
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

                SmallMatrices.AddScaled(value, wide, gram.AsSpan(r * inner, inner));
            }
        }
    }
}
