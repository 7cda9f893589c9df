namespace Dlrm.Embeddings.Tests.Formats;

/// <summary>The definition of every format, in double, entry by entry: a sum over all bonds of a product with one entry from each factor.</summary>
internal static class TensorDefinition
{
    /// <summary>Computes W (Rows, Columns).</summary>
    internal static double[] Expand(LowRankFormat format, IReadOnlyList<float[]> factors)
    {
        double[] table = new double[format.Rows * format.Columns];
        for (long at = 0; at < table.Length; at++)
        {
            table[at] = Entry(format, factors, at / format.Columns, (int)(at % format.Columns));
        }

        return table;
    }

    /// <summary>Computes W[row, column].</summary>
    internal static double Entry(LowRankFormat format, IReadOnlyList<float[]> factors, long row, int column)
    {
        int[] n = Digits(row, format.RowModes);
        int[] m = Digits(column, format.ColumnModes);
        double entry = 0;
        long paths = format.Ranks.Aggregate(1L, (product, size) => product * size);
        for (long path = 0; path < paths; path++)
        {
            int[] r = Digits(path, format.Ranks);
            entry += Enumerable.Range(0, factors.Count).Aggregate(1.0, (product, k) => product * factors[k][Position(format, k, n, m, r)]);
        }

        return entry;
    }

    internal static double[] Expand(BayesianTensor tensor) => Expand(tensor.Format, [.. tensor.Means().Select(buffer => buffer.ToArray())]);

    /// <summary>Says where factor k holds the entry of row digits n, column digits m and bond indices r.</summary>
    internal static int Position(LowRankFormat format, int k, int[] n, int[] m, int[] r)
    {
        int[] modes = [.. n, .. m];
        int rowModes = n.Length;
        int bonds = r.Length;
        int[] index = format.Name switch
        {
            "ttm" => [n[k], k == 0 ? 0 : r[k - 1], m[k], k == bonds ? 0 : r[k]],
            "tt" => [k < rowModes ? n[k] : 0, k == 0 ? 0 : r[k - 1], k < rowModes ? 0 : m[k - rowModes], k == bonds ? 0 : r[k]],
            "ring" => [k < rowModes ? n[k] : 0, r[(k + bonds - 1) % bonds], k < rowModes ? 0 : m[k - rowModes], r[k]],
            "cp" => [modes[k], r[0]],
            "tucker" => k == modes.Length ? r : [modes[k], r[k]],
            _ => throw new ArgumentException($"There is no definition of '{format.Name}'."),
        };
        return index.Zip(format.Factors[k].Dimensions).Aggregate(0, (position, axis) => (position * (int)axis.Second) + axis.First);
    }

    /// <summary>Says which λ is the prior variance of an entry of factor k; bond −1: none, the variance is 100.</summary>
    internal static (int Bond, int Component) Governor(LowRankFormat format, int k, int entry)
    {
        int[] index = Digits(entry, [.. format.Factors[k].Dimensions.Select(size => (int)size)]);
        return format.Name switch
        {
            "ttm" or "tt" when k == format.Ranks.Count => (k - 1, index[1]),
            "ttm" or "tt" or "ring" => (k, index[3]),
            "cp" => (0, index[1]),
            "tucker" when k < format.Ranks.Count => (k, index[1]),
            _ => (-1, 0),
        };
    }

    /// <summary>Computes ‖actual − expected‖ / ‖expected‖.</summary>
    internal static double RelativeError(double[] actual, double[] expected) =>
        Math.Sqrt(actual.Zip(expected).Sum(pair => Math.Pow(pair.First - pair.Second, 2)) / expected.Sum(value => value * value));

    private static int[] Digits(long number, IReadOnlyList<int> modes)
    {
        int[] digits = new int[modes.Count];
        for (int k = digits.Length - 1; k >= 0; k--)
        {
            (number, long digit) = Math.DivRem(number, modes[k]);
            digits[k] = (int)digit;
        }

        return digits;
    }
}
