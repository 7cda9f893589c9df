using System.Runtime.CompilerServices;

namespace Dlrm.Embeddings;

/// <summary>The singular value decomposition of a small matrix in double, by one-sided Jacobi rotations.</summary>
/// <remarks>
/// <code>A = U · diag(s) · Vᵀ      columns of A are rotated, and those of V with them, until they are orthogonal: then they are s_j · U_j</code>
/// <para>Small singular values keep their relative accuracy. O(n²·m) a sweep, about ten sweeps.</para>
/// <para>Source: Golub and Van Loan, "Matrix Computations", 4th edition, 8.6.3.</para>
/// </remarks>
internal sealed class JacobiDecomposition
{
    private const double Precision = 1e-15;
    private const int MostSweeps = 60;
    private readonly double[] _left;
    private readonly double[] _right;
    private readonly int[] _order;

    /// <summary>Initializes a new instance of the <see cref="JacobiDecomposition"/> class.</summary>
    /// <param name="matrix">A, column by column; overwritten.</param>
    /// <param name="rows">m.</param>
    /// <param name="columns">n.</param>
    internal JacobiDecomposition(double[] matrix, int rows, int columns)
    {
        Rows = rows;
        Columns = columns;
        _left = matrix;
        _right = new double[columns * columns];
        _order = new int[columns];
        Values = new double[columns];
        for (int j = 0; j < columns; j++)
        {
            _right[(j * columns) + j] = 1;
            _order[j] = j;
        }

        for (int sweep = 0; sweep < MostSweeps && Sweep(); sweep++)
        {
        }

        for (int j = 0; j < columns; j++)
        {
            Values[j] = Math.Sqrt(Dot(_left.AsSpan(j * rows, rows), _left.AsSpan(j * rows, rows)));
        }

        Array.Sort(Values, _order);
        Array.Reverse(Values);
        Array.Reverse(_order);
    }

    /// <summary>Gets m.</summary>
    internal int Rows { get; }

    /// <summary>Gets n.</summary>
    internal int Columns { get; }

    /// <summary>Gets the n singular values, falling.</summary>
    internal double[] Values { get; }

    /// <summary>Gets s_j · U_j.</summary>
    /// <param name="j">j.</param>
    /// <returns>m numbers.</returns>
    internal ReadOnlySpan<double> ScaledLeft(int j) => _left.AsSpan(_order[j] * Rows, Rows);

    /// <summary>Gets V_j.</summary>
    /// <param name="j">j.</param>
    /// <returns>n numbers.</returns>
    internal ReadOnlySpan<double> Right(int j) => _right.AsSpan(_order[j] * Columns, Columns);

    /// <summary>Makes every pair of columns orthogonal once; says whether any pair was not.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private bool Sweep()
    {
        bool hasRotated = false;
        for (int p = 0; p < Columns - 1; p++)
        {
            for (int q = p + 1; q < Columns; q++)
            {
                Span<double> first = _left.AsSpan(p * Rows, Rows);
                Span<double> second = _left.AsSpan(q * Rows, Rows);
                double gamma = Dot(first, second);
                double alpha = Dot(first, first);
                double beta = Dot(second, second);
                if (Math.Abs(gamma) <= Precision * Math.Sqrt(alpha) * Math.Sqrt(beta))
                {
                    continue;
                }

                hasRotated = true;
                double zeta = (beta - alpha) / (2 * gamma);
                double tangent = (zeta < 0 ? -1 : 1) / (Math.Abs(zeta) + Math.Sqrt(1 + (zeta * zeta)));
                double cosine = 1 / Math.Sqrt(1 + (tangent * tangent));
                Rotate(first, second, cosine, cosine * tangent);
                Rotate(_right.AsSpan(p * Columns, Columns), _right.AsSpan(q * Columns, Columns), cosine, cosine * tangent);
            }
        }

        return hasRotated;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static double Dot(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        double sum = 0;
        for (int i = 0; i < x.Length; i++)
        {
            sum += x[i] * y[i];
        }

        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Rotate(Span<double> x, Span<double> y, double cosine, double sine)
    {
        for (int i = 0; i < x.Length; i++)
        {
            double old = x[i];
            x[i] = (cosine * old) - (sine * y[i]);
            y[i] = (sine * old) + (cosine * y[i]);
        }
    }
}
