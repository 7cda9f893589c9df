namespace Dlrm.Numerics;

/// <summary>Chooses the mode sizes of a TT-matrix table from its number of rows and its embedding dimension.</summary>
public static class TtmModes
{
    /// <summary>Chooses balanced row modes with little padding.</summary>
    /// <remarks>
    /// <code>
    /// I[k] = the smallest m with m^(d-k) ≥ ⌈rows / (I[0]·…·I[k-1])⌉        k = 0 … d-1
    /// </code>
    /// <para>The product is at least <paramref name="rows"/>, the last mode can't be one smaller, and the modes don't rise:
    /// 10131227 rows of order 3 give [217, 217, 216], 0.4 % padding.</para>
    /// </remarks>
    /// <param name="rows">The rows of the table, at least 1.</param>
    /// <param name="order">The number of cores d, at least 1.</param>
    /// <returns>I[0..d).</returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument is below 1, or a mode would not fit an int: raise the order.</exception>
    public static int[] Rows(long rows, int order)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(order, 1);
        int[] modes = new int[order];
        long remaining = rows;
        for (int k = 0; k < order; k++)
        {
            long mode = CeilingRoot(remaining, order - k);
            if (mode > int.MaxValue)
            {
                throw new ArgumentOutOfRangeException(
                    nameof(order), order, $"{rows} rows of order {order} need a row mode of {mode}, above {int.MaxValue}: raise the order.");
            }

            modes[k] = (int)mode;

            // ⌈⌈n/a⌉/b⌉ = ⌈n/(ab)⌉, so nothing is lost by rounding up at each step.
            remaining = ((remaining - 1) / mode) + 1;
        }

        return modes;
    }

    /// <summary>Chooses balanced column modes whose product is exactly the embedding dimension.</summary>
    /// <remarks>
    /// <para>Of all factorisations the one with the smallest sum, then the smallest largest factor; ascending, with ones first where
    /// the dimension has too few factors: 16 of order 3 gives [2, 2, 4], 128 gives [4, 4, 8], 7 gives [1, 1, 7].</para>
    /// </remarks>
    /// <param name="dim">The embedding dimension, at least 1.</param>
    /// <param name="order">The number of cores d, at least 1.</param>
    /// <returns>J[0..d).</returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument is below 1.</exception>
    public static int[] Columns(int dim, int order)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(dim, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(order, 1);
        int[] best = new int[order];
        best.AsSpan().Fill(1);
        best[^1] = dim;
        Search(dim, 0, new int[order], best);
        return best;
    }

    /// <summary>Tries every non-decreasing factorisation of what remains, and keeps the best in <paramref name="best"/>.</summary>
    private static void Search(int remaining, int k, int[] current, int[] best)
    {
        int left = current.Length - k;
        int least = k == 0 ? 1 : current[k - 1];
        if (left == 1)
        {
            current[k] = remaining;
            long difference = Sum(current) - Sum(best);
            if (difference < 0 || (difference == 0 && remaining < best[^1]))
            {
                current.CopyTo(best, 0);
            }

            return;
        }

        // The smallest of `left` factors is at most the root of their product.
        for (int factor = least; Power(factor, left) <= (UInt128)remaining; factor++)
        {
            if (remaining % factor == 0)
            {
                current[k] = factor;
                Search(remaining / factor, k + 1, current, best);
            }
        }
    }

    private static long Sum(int[] modes)
    {
        long sum = 0;
        foreach (int mode in modes)
        {
            sum += mode;
        }

        return sum;
    }

    /// <summary>Gets the smallest m ≥ 1 with m^exponent ≥ value; exact, the floating-point root is only the first guess.</summary>
    private static long CeilingRoot(long value, int exponent)
    {
        if (exponent == 1)
        {
            return value;
        }

        long root = Math.Max(1, (long)Math.Ceiling(Math.Pow(value, 1.0 / exponent)));
        while (Power(root, exponent) < (UInt128)value)
        {
            root++;
        }

        while (root > 1 && Power(root - 1, exponent) >= (UInt128)value)
        {
            root--;
        }

        return root;
    }

    /// <summary>Gets value^exponent, or something above every long when it is larger than that.</summary>
    private static UInt128 Power(long value, int exponent)
    {
        UInt128 power = 1;
        for (int k = 0; k < exponent && power <= (UInt128)long.MaxValue && value > 1; k++)
        {
            power *= (UInt128)value;
        }

        return power;
    }
}
