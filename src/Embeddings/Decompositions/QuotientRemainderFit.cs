using System.Numerics.Tensors;

namespace Dlrm.Embeddings;

/// <summary>Fits two small tables whose rows are multiplied, by alternating least squares over the ids that there are.</summary>
/// <remarks>
/// <code>
/// Ŵ[id, :] = Q[⌊id / m⌋, :] ∘ M[id mod m, :]
/// M[s, j] ← Σ_id Q[·, j]·W[id, j] / Σ_id Q[·, j]²        over id mod m = s;  Q likewise over ⌊id / m⌋
/// start    Q = 1, so that M are the means of hashing: no step raises the error, so it is never above that of <see cref="SharedRowsFit"/> with as many remainders
/// </code>
/// <para>Each half of a sweep is one pass over the table. It ends when a sweep saves less than 1e-4 of the error.</para>
/// <para>Source: the form: Shi et al., "Compositional Embeddings Using Complementary Partitions for Memory-Efficient Recommendation Systems", KDD 2020.</para>
/// </remarks>
public static class QuotientRemainderFit
{
    private const int MostSweeps = 20;
    private const double LeastSaving = 1e-4;

    /// <summary>Fits the tables.</summary>
    /// <param name="source">W.</param>
    /// <param name="remainders">m, from 1 to the rows of W.</param>
    /// <param name="cancellation">Gives up between two blocks.</param>
    /// <returns>Q, (⌈I / m⌉, columns), M, (m, columns), and ‖W − Ŵ‖².</returns>
    public static (float[] Quotient, float[] Remainder, double SquaredError) Fit(IRowSource source, int remainders, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        if (remainders < 1 || remainders > source.Rows)
        {
            throw new ArgumentOutOfRangeException(nameof(remainders), remainders, $"A table of {source.Rows} rows has 1 to {source.Rows} remainders.");
        }

        int columns = source.Columns;
        int quotients = checked((int)(((source.Rows - 1) / remainders) + 1));
        double[] q = new double[quotients * columns];
        double[] m = new double[remainders * columns];
        Array.Fill(q, 1);
        double squares = 0;
        SharedRowsFit.ForEachRow(source, (_, row) => squares += TensorPrimitives.SumOfSquares(row), cancellation);
        double error = squares;
        for (int sweep = 0; sweep < MostSweeps; sweep++)
        {
            double before = error;
            Update(source, m, q, remainders, isRemainder: true, cancellation);
            error = Math.Max(squares - Update(source, q, m, remainders, isRemainder: false, cancellation), 0);
            if (before - error <= LeastSaving * error)
            {
                break;
            }
        }

        Balance(q, m, columns);
        return (Array.ConvertAll(q, static value => (float)value), Array.ConvertAll(m, static value => (float)value), error);
    }

    /// <summary>Solves for one table with the other as it is.</summary>
    /// <returns>Σ x·(Σ o·W): what the solution explains of ‖W‖².</returns>
    private static double Update(IRowSource source, double[] solved, double[] other, int remainders, bool isRemainder, CancellationToken cancellation)
    {
        int columns = source.Columns;
        double[] products = new double[solved.Length];
        double[] weights = new double[solved.Length];
        SharedRowsFit.ForEachRow(source, (id, row) =>
        {
            (long quotient, long remainder) = Math.DivRem(id, remainders);
            int to = (int)(isRemainder ? remainder : quotient) * columns;
            ReadOnlySpan<double> factors = other.AsSpan((int)(isRemainder ? quotient : remainder) * columns, columns);
            TensorPrimitives.MultiplyAdd(factors, row, products.AsSpan(to, columns), products.AsSpan(to, columns));
            TensorPrimitives.MultiplyAdd(factors, factors, weights.AsSpan(to, columns), weights.AsSpan(to, columns));
        }, cancellation);
        double explained = 0;
        for (int i = 0; i < solved.Length; i++)
        {
            solved[i] = weights[i] > 0 ? products[i] / weights[i] : 0;
            explained += solved[i] * products[i];
        }

        return explained;
    }

    /// <summary>Gives each column the same root mean square in both tables; the products stay.</summary>
    private static void Balance(double[] q, double[] m, int columns)
    {
        for (int j = 0; j < columns; j++)
        {
            (double first, double second) = (Size(q, j, columns), Size(m, j, columns));
            if (first > 0 && second > 0)
            {
                double scale = Math.Sqrt(second / first);
                Scale(q, j, columns, scale);
                Scale(m, j, columns, 1 / scale);
            }
        }
    }

    private static double Size(double[] values, int column, int columns)
    {
        double sum = 0;
        for (int i = column; i < values.Length; i += columns)
        {
            sum += values[i] * values[i];
        }

        return Math.Sqrt(sum * columns / values.Length);
    }

    private static void Scale(double[] values, int column, int columns, double scale)
    {
        for (int i = column; i < values.Length; i += columns)
        {
            values[i] *= scale;
        }
    }
}
