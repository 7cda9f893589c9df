using System.Numerics.Tensors;

namespace Dlrm.Embeddings;

/// <summary>Orders the rows of a matrix so that near ones are neighbours: by their principal axis, then each half by its own, and so on.</summary>
/// <remarks>
/// <code>
/// order(set) = order(lower half), order(upper half)   of the rows sorted by  (w − mean)·a,   a = the first principal axis of the set
/// </code>
/// <para>So rows that share their leading row modes are alike, at every scale, which is what a tensor of balanced modes can use. Sets of up to four rows stay sorted along
/// the axis of the set above.</para>
/// <para>Cost: 2·10·columns multiply-adds a row for each of log2(rows) levels. Deterministic.</para>
/// <para>Source: the tree: Sproull, "Refinements to nearest-neighbor searching in k-dimensional trees", Algorithmica 1991.</para>
/// </remarks>
public static class RowOrder
{
    private const int SmallestSet = 4;
    private const int PowerSteps = 10;

    /// <summary>Orders rows.</summary>
    /// <param name="rows">The matrix, row-major.</param>
    /// <param name="columns">Its columns.</param>
    /// <param name="cancellation">Gives up between two sets.</param>
    /// <returns>The row at every position.</returns>
    public static int[] Clustered(float[] rows, int columns, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        int[] order = [.. Enumerable.Range(0, rows.Length / columns)];
        Stack<(int First, int End)> sets = new([(0, order.Length)]);
        double[] axis = new double[columns];
        while (sets.TryPop(out (int First, int End) set))
        {
            cancellation.ThrowIfCancellationRequested();
            if (set.End - set.First <= SmallestSet)
            {
                continue;
            }

            Span<int> members = order.AsSpan(set.First, set.End - set.First);
            PrincipalAxis(rows, columns, members, axis);
            double[] keys = new double[members.Length];
            for (int m = 0; m < keys.Length; m++)
            {
                keys[m] = Dot(rows.AsSpan(members[m] * columns, columns), axis);
            }

            keys.AsSpan().Sort(members);
            int middle = (set.First + set.End) / 2;
            sets.Push((set.First, middle));
            sets.Push((middle, set.End));
        }

        return order;
    }

    /// <summary>Inverts an order.</summary>
    /// <param name="order">The row at every position.</param>
    /// <returns>The position of every row.</returns>
    public static int[] Places(ReadOnlySpan<int> order)
    {
        int[] places = new int[order.Length];
        for (int position = 0; position < order.Length; position++)
        {
            places[order[position]] = position;
        }

        return places;
    }

    private static void PrincipalAxis(float[] rows, int columns, ReadOnlySpan<int> members, double[] axis)
    {
        double[] mean = new double[columns];
        foreach (int member in members)
        {
            AddScaled(1.0 / members.Length, rows.AsSpan(member * columns, columns), mean);
        }

        // Any start but one orthogonal to the axis does.
        for (int j = 0; j < columns; j++)
        {
            axis[j] = Math.Sin(j + 1.0);
        }

        double[] next = new double[columns];
        for (int step = 0; step < PowerSteps; step++)
        {
            Array.Clear(next);
            double shift = TensorPrimitives.Dot<double>(mean, axis);
            double sum = 0;
            foreach (int member in members)
            {
                ReadOnlySpan<float> row = rows.AsSpan(member * columns, columns);
                double product = Dot(row, axis) - shift;
                AddScaled(product, row, next);
                sum += product;
            }

            TensorPrimitives.MultiplyAdd(mean, -sum, next, next);
            double norm = TensorPrimitives.Norm<double>(next);
            if (!(norm > 0))
            {
                return;
            }

            TensorPrimitives.Divide(next, norm, axis);
        }
    }

    private static double Dot(ReadOnlySpan<float> row, double[] axis)
    {
        double sum = 0;
        for (int j = 0; j < row.Length; j++)
        {
            sum += row[j] * axis[j];
        }

        return sum;
    }

    private static void AddScaled(double factor, ReadOnlySpan<float> row, double[] sum)
    {
        for (int j = 0; j < row.Length; j++)
        {
            sum[j] += factor * row[j];
        }
    }
}
