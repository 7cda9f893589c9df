using System.Numerics.Tensors;

namespace Dlrm.Embeddings;

/// <summary>Stores m rows for the ids of a table, shared by id mod m: each the mean of those it stands for, which is the least-squares solution.</summary>
/// <remarks>
/// <code>
/// H[s, :] = mean of W[id, :] over id mod m = s        ‖W − Ŵ‖² = ‖W‖² − Σ_s n[s]·‖H[s, :]‖²        n[s] = ids of s
/// </code>
/// <para>Source: Weinberger et al., "Feature Hashing for Large Scale Multitask Learning", ICML 2009.</para>
/// </remarks>
public static class SharedRowsFit
{
    private const int BlockRows = 1 << 13;

    /// <summary>Fits the rows for several m in one pass over the table.</summary>
    /// <param name="source">W.</param>
    /// <param name="storedRows">m of each fit, from 1 to the rows of W.</param>
    /// <param name="cancellation">Gives up between two blocks.</param>
    /// <returns>For each m the rows H, (m, columns) row-major, and ‖W − Ŵ‖².</returns>
    public static (float[] Rows, double SquaredError)[] Fit(IRowSource source, IReadOnlyList<int> storedRows, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(storedRows);
        int columns = source.Columns;
        if (storedRows.Any(stored => stored < 1 || stored > source.Rows))
        {
            throw new ArgumentException($"{source.Rows} ids can share 1 to {source.Rows} rows, not [{string.Join(", ", storedRows)}].", nameof(storedRows));
        }

        double[][] sums = [.. storedRows.Select(stored => new double[(long)stored * columns])];
        double squares = 0;
        ForEachRow(source, (id, row) =>
        {
            squares += TensorPrimitives.SumOfSquares(row);
            for (int f = 0; f < sums.Length; f++)
            {
                Span<double> sum = sums[f].AsSpan((int)(id % storedRows[f]) * columns, columns);
                TensorPrimitives.Add(sum, row, sum);
            }
        }, cancellation);
        return [.. sums.Select((sum, f) => Means(sum, storedRows[f], source.Rows, columns, squares))];
    }

    /// <summary>Counts the ids that share a row.</summary>
    /// <param name="rows">I.</param>
    /// <param name="stored">m.</param>
    /// <param name="position">s.</param>
    /// <returns>n[s].</returns>
    internal static long Sharers(long rows, int stored, int position) => ((rows - 1 - position) / stored) + 1;

    /// <summary>Reads a table row by row.</summary>
    /// <param name="source">The table.</param>
    /// <param name="use">Receives the id and the row.</param>
    /// <param name="cancellation">Gives up between two blocks.</param>
    internal static void ForEachRow(IRowSource source, RowUse use, CancellationToken cancellation)
    {
        int columns = source.Columns;
        float[] block = new float[(int)Math.Min(BlockRows, source.Rows) * columns];
        double[] row = new double[columns];
        for (long first = 0; first < source.Rows; first += BlockRows)
        {
            cancellation.ThrowIfCancellationRequested();
            int count = (int)Math.Min(BlockRows, source.Rows - first);
            source.Read(first, count, block.AsSpan(0, count * columns));
            for (int r = 0; r < count; r++)
            {
                SmallMatrices.Widen(block.AsSpan(r * columns, columns), row);
                use(first + r, row);
            }
        }
    }

    private static (float[] Rows, double SquaredError) Means(double[] sums, int stored, long rows, int columns, double squares)
    {
        float[] means = new float[sums.Length];
        double explained = 0;
        for (int s = 0; s < stored; s++)
        {
            Span<double> mean = sums.AsSpan(s * columns, columns);
            long count = Sharers(rows, stored, s);
            TensorPrimitives.Divide(mean, count, mean);
            explained += count * TensorPrimitives.SumOfSquares<double>(mean);
            for (int j = 0; j < columns; j++)
            {
                means[(s * columns) + j] = (float)mean[j];
            }
        }

        return (means, Math.Max(squares - explained, 0));
    }
}
