namespace Dlrm.CommandLine.Bench;

/// <summary>Draws ids as tables see them.</summary>
internal static class BenchIds
{
    /// <summary>The exponent of the Zipf distribution.</summary>
    internal const double ZipfExponent = 1.05;

    private const int Seed = 20210405;

    /// <summary>Draws a row, the more probable the smaller: P(row) falls like (row + 1)^−1.05, by the inverse of the continuous distribution.</summary>
    /// <param name="random">The generator.</param>
    /// <param name="rows">The rows.</param>
    /// <returns>A row in [0, rows).</returns>
    internal static long Zipf(Random random, long rows)
    {
        const double Exponent = 1 - ZipfExponent;
        double power = 1 + (random.NextDouble() * (Math.Pow(rows + 1.0, Exponent) - 1));
        return Math.Clamp((long)Math.Pow(power, 1 / Exponent) - 1, 0, rows - 1);
    }

    /// <summary>Draws ids; the same for the same arguments.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="count">How many.</param>
    /// <param name="isZipf">Zipf, or else uniform.</param>
    /// <param name="part">A number that tells draws of one size apart.</param>
    /// <returns>The ids.</returns>
    internal static long[] Draw(long rows, int count, bool isZipf, int part = 0)
    {
        Random random = new(Seed + part);
        long[] ids = new long[count];
        for (int i = 0; i < count; i++)
        {
            ids[i] = isZipf ? Zipf(random, rows) : random.NextInt64(rows);
        }

        return ids;
    }

    /// <summary>Makes the numbers that every program of the bench makes for itself: <c>((i · 7919) mod 1000) / 1000 − 0.5</c>.</summary>
    /// <param name="count">How many.</param>
    /// <returns>The numbers.</returns>
    internal static float[] Pattern(long count)
    {
        float[] values = new float[count];
        for (long i = 0; i < count; i++)
        {
            values[i] = ((i * 7919 % 1000) / 1000f) - 0.5f;
        }

        return values;
    }
}
