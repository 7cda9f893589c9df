using System.Numerics.Tensors;
using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Factorization;

namespace Dlrm.Embeddings;

/// <summary>Products, eigenvectors and orthonormal bases of row-major matrices in double, for decompositions.</summary>
internal static class DoubleMatrices
{
    /// <summary>Directions shorter than this share of the longest are numbers' noise: they are left out of a basis.</summary>
    private const double Negligible = 1e-13;

    /// <summary>The columns that are transposed at a time: they stay in a cache.</summary>
    private const int ColumnsInPart = 256;

    /// <summary>Computes A·B.</summary>
    /// <param name="a">(m, inner).</param>
    /// <param name="inner">The length of the sums.</param>
    /// <param name="b">(inner, n).</param>
    /// <param name="n">The columns of B.</param>
    /// <returns>(m, n).</returns>
    internal static double[] Multiply(ReadOnlySpan<double> a, int inner, ReadOnlySpan<double> b, int n)
    {
        double[] product = new double[a.Length / inner * n];
        SmallMatrices.MultiplyRight(a, inner, b, n, product);
        return product;
    }

    /// <summary>Computes AᵀA.</summary>
    /// <param name="a">(m, n).</param>
    /// <param name="n">The columns.</param>
    /// <returns>(n, n), symmetric.</returns>
    internal static double[] Gram(ReadOnlySpan<double> a, int n)
    {
        double[] gram = new double[n * n];
        for (int start = 0; start < a.Length; start += n)
        {
            ReadOnlySpan<double> row = a.Slice(start, n);
            for (int i = 0; i < n; i++)
            {
                Span<double> target = gram.AsSpan((i * n) + i, n - i);
                TensorPrimitives.MultiplyAdd(row[i..], row[i], target, target);
            }
        }

        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < i; j++)
            {
                gram[(i * n) + j] = gram[(j * n) + i];
            }
        }

        return gram;
    }

    /// <summary>Computes AᵀB, some columns of A at a time: A is not copied whole.</summary>
    /// <param name="a">(m, n).</param>
    /// <param name="n">The columns of A.</param>
    /// <param name="b">(m, columns).</param>
    /// <param name="columns">The columns of B.</param>
    /// <returns>(n, columns).</returns>
    internal static double[] MultiplyTransposed(ReadOnlySpan<double> a, int n, ReadOnlySpan<double> b, int columns)
    {
        int m = a.Length / n;
        double[] product = new double[n * columns];
        double[] part = new double[Math.Min(ColumnsInPart, n) * m];
        for (int first = 0; first < n; first += ColumnsInPart)
        {
            int count = Math.Min(ColumnsInPart, n - first);
            TransposeColumns(a, n, first, count, part);
            SmallMatrices.MultiplyRight(part.AsSpan(0, count * m), m, b, columns, product.AsSpan(first * columns, count * columns));
        }

        return product;
    }

    /// <summary>Computes AAᵀ.</summary>
    /// <param name="a">(m, n).</param>
    /// <param name="n">The columns.</param>
    /// <returns>(m, m), symmetric.</returns>
    internal static double[] RowGram(ReadOnlySpan<double> a, int n)
    {
        int m = a.Length / n;
        double[] gram = new double[m * m];
        double[] part = new double[Math.Min(ColumnsInPart, n) * m];
        for (int first = 0; first < n; first += ColumnsInPart)
        {
            int count = Math.Min(ColumnsInPart, n - first);
            TransposeColumns(a, n, first, count, part);
            TensorPrimitives.Add(gram, Gram(part.AsSpan(0, count * m), m), gram);
        }

        return gram;
    }

    private static void TransposeColumns(ReadOnlySpan<double> a, int n, int first, int count, Span<double> transposed)
    {
        int m = a.Length / n;
        for (int i = 0; i < m; i++)
        {
            ReadOnlySpan<double> row = a.Slice((i * n) + first, count);
            for (int j = 0; j < row.Length; j++)
            {
                transposed[(j * m) + i] = row[j];
            }
        }
    }

    /// <summary>Transposes a matrix.</summary>
    /// <param name="a">(m, n).</param>
    /// <param name="n">The columns.</param>
    /// <returns>(n, m).</returns>
    internal static double[] Transpose(ReadOnlySpan<double> a, int n)
    {
        int m = a.Length / n;
        double[] transposed = new double[a.Length];
        for (int i = 0; i < m; i++)
        {
            for (int j = 0; j < n; j++)
            {
                transposed[(j * m) + i] = a[(i * n) + j];
            }
        }

        return transposed;
    }

    /// <summary>Finds the eigenvalues and eigenvectors of a symmetric matrix, the largest first.</summary>
    /// <param name="symmetric">(n, n).</param>
    /// <param name="n">Its size.</param>
    /// <returns>The n eigenvalues, negative ones as 0, and the eigenvectors as columns of an (n, n) matrix.</returns>
    internal static (double[] Values, double[] Vectors) Eigen(double[] symmetric, int n)
    {
        Evd<double> evd = Matrix<double>.Build.Dense(n, n, symmetric).Evd(Symmetricity.Symmetric);
        double[] values = new double[n];
        double[] vectors = new double[n * n];
        for (int j = 0; j < n; j++)
        {
            int from = n - 1 - j;
            values[j] = Math.Max(evd.EigenValues[from].Real, 0);
            for (int i = 0; i < n; i++)
            {
                vectors[(i * n) + j] = evd.EigenVectors[i, from];
            }
        }

        return (values, vectors);
    }

    /// <summary>Finds an orthonormal basis of the columns' span: Z·V·Λ^(−1/2) of ZᵀZ = V·Λ·Vᵀ, twice.</summary>
    /// <remarks>Source: Stathopoulos and Wu, "A block orthogonalization procedure with constant synchronization requirements", SIAM J. Sci. Comput. 2002.</remarks>
    /// <param name="z">(m, n).</param>
    /// <param name="n">The columns.</param>
    /// <param name="columns">Receives the columns of the basis: fewer when the span has fewer dimensions, at least one.</param>
    /// <returns>(m, columns).</returns>
    internal static double[] Orthonormalize(double[] z, int n, out int columns)
    {
        columns = n;
        for (int pass = 0; pass < 2; pass++)
        {
            (double[] values, double[] vectors) = Eigen(Gram(z, columns), columns);
            int kept = Math.Max(1, values.Count(value => value > Negligible * values[0]));
            double[] scaled = new double[columns * kept];
            for (int i = 0; i < columns; i++)
            {
                for (int j = 0; j < kept; j++)
                {
                    scaled[(i * kept) + j] = values[j] > 0 ? vectors[(i * columns) + j] / Math.Sqrt(values[j]) : 0;
                }
            }

            z = Multiply(z, columns, scaled, kept);
            columns = kept;
        }

        return z;
    }
}
