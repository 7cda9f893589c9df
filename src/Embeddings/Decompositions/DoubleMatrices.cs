using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Factorization;

namespace Dlrm.Embeddings;

/// <summary>Products, eigenvectors and orthonormal bases of row-major matrices in double, for decompositions.</summary>
internal static class DoubleMatrices
{
    /// <summary>Directions shorter than this share of the longest are numbers' noise: they are left out of a basis.</summary>
    private const double Negligible = 1e-13;

    /// <summary>The numbers that are transposed at a time for a product.</summary>
    private const int PartLength = 1 << 15;

    /// <summary>The rows that are transposed at a time: a cache line of each stays until all of it is used.</summary>
    private const int TransposedBlock = 32;

    /// <summary>Computes A·B.</summary>
    /// <param name="a">(m, inner).</param>
    /// <param name="inner">The length of the sums.</param>
    /// <param name="b">(inner, n).</param>
    /// <param name="n">The columns of B.</param>
    /// <returns>(m, n).</returns>
    internal static double[] Multiply(ReadOnlySpan<double> a, int inner, ReadOnlySpan<double> b, int n)
    {
        double[] product = new double[a.Length / inner * n];
        DoubleProducts.MultiplyAdd(a, inner, b, n, product);
        return product;
    }

    /// <summary>Computes AᵀA.</summary>
    /// <param name="a">(m, n).</param>
    /// <param name="n">The columns.</param>
    /// <returns>(n, n), symmetric.</returns>
    internal static double[] Gram(ReadOnlySpan<double> a, int n)
    {
        return MultiplyTransposed(a, n, a, n);
    }

    /// <summary>Computes AᵀB, some rows of A at a time: A is not copied whole.</summary>
    /// <param name="a">(m, n).</param>
    /// <param name="n">The columns of A.</param>
    /// <param name="b">(m, columns).</param>
    /// <param name="columns">The columns of B.</param>
    /// <returns>(n, columns).</returns>
    internal static double[] MultiplyTransposed(ReadOnlySpan<double> a, int n, ReadOnlySpan<double> b, int columns)
    {
        int m = a.Length / n;
        double[] product = new double[n * columns];
        int rowsInPart = Math.Clamp(PartLength / n, 1, Math.Max(m, 1));
        double[] part = new double[rowsInPart * n];
        for (int first = 0; first < m; first += rowsInPart)
        {
            int count = Math.Min(rowsInPart, m - first);
            Transpose(a.Slice(first * n, count * n), n, part);
            DoubleProducts.MultiplyAdd(part.AsSpan(0, count * n), count, b.Slice(first * columns, count * columns), columns, product);
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
        int columnsInPart = Math.Clamp(PartLength / m, 1, n);
        double[] part = new double[columnsInPart * m];
        double[] transposed = new double[part.Length];
        for (int first = 0; first < n; first += columnsInPart)
        {
            int count = Math.Min(columnsInPart, n - first);
            for (int i = 0; i < m; i++)
            {
                a.Slice((i * n) + first, count).CopyTo(part.AsSpan(i * count));
            }

            Transpose(part.AsSpan(0, m * count), count, transposed);
            DoubleProducts.MultiplyAdd(part.AsSpan(0, m * count), count, transposed.AsSpan(0, m * count), m, gram);
        }

        return gram;
    }

    /// <summary>Transposes a matrix.</summary>
    /// <param name="a">(m, n).</param>
    /// <param name="n">The columns.</param>
    /// <returns>(n, m).</returns>
    internal static double[] Transpose(ReadOnlySpan<double> a, int n)
    {
        double[] transposed = new double[a.Length];
        Transpose(a, n, transposed);
        return transposed;
    }

    private static void Transpose(ReadOnlySpan<double> a, int n, Span<double> transposed)
    {
        int m = a.Length / n;
        for (int firstRow = 0; firstRow < m; firstRow += TransposedBlock)
        {
            int rows = Math.Min(TransposedBlock, m - firstRow);
            for (int j = 0; j < n; j++)
            {
                Span<double> target = transposed.Slice((j * m) + firstRow, rows);
                for (int i = 0; i < target.Length; i++)
                {
                    target[i] = a[((firstRow + i) * n) + j];
                }
            }
        }
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
        z = Multiply(z, n, InverseRoot(Gram(z, n), n, n, out int kept), kept);
        return Multiply(z, kept, InverseRoot(Gram(z, kept), kept, kept, out columns), columns);
    }

    /// <summary>Finds an orthonormal basis of the rows' span of a matrix of few, long rows, or of its best part: as <see cref="Orthonormalize"/>, from AAᵀ.</summary>
    /// <param name="a">(m, n).</param>
    /// <param name="n">The columns.</param>
    /// <param name="most">The most directions of the basis, those of the largest singular values.</param>
    /// <param name="columns">Receives the columns of the basis.</param>
    /// <returns>(n, columns).</returns>
    internal static double[] RowBasis(ReadOnlySpan<double> a, int n, int most, out int columns)
    {
        double[] z = MultiplyTransposed(a, n, InverseRoot(RowGram(a, n), a.Length / n, most, out int kept), kept);
        return Multiply(z, kept, InverseRoot(Gram(z, kept), kept, kept, out columns), columns);
    }

    /// <summary>Computes V·Λ^(−1/2) of a Gram matrix, without the directions that are noise.</summary>
    private static double[] InverseRoot(double[] gram, int n, int most, out int kept)
    {
        (double[] values, double[] vectors) = Eigen(gram, n);
        kept = Math.Clamp(values.Count(value => value > Negligible * values[0]), 1, most);
        double[] scaled = new double[n * kept];
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < kept; j++)
            {
                scaled[(i * kept) + j] = values[j] > 0 ? vectors[(i * n) + j] / Math.Sqrt(values[j]) : 0;
            }
        }

        return scaled;
    }
}
