namespace Dlrm.Numerics.Tests.Parity;

/// <summary>Seeded inputs, and comparison with a reference within a derived bound.</summary>
internal static class Numbers
{
    /// <summary>The unit roundoff of float.</summary>
    internal const double Unit = 1.0 / (1 << 24);

    /// <summary>γ_n = n·u / (1 − n·u): the bound of n roundings in a row (Higham, "Accuracy and Stability of Numerical Algorithms", 2002, lemma 3.1).</summary>
    internal static double Gamma(int n) => n * Unit / (1 - (n * Unit));

    internal static float[,] Random(int rows, int columns, int seed)
    {
        Random random = new(seed);
        float[,] values = new float[rows, columns];
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
            {
                values[i, j] = (float)((2 * random.NextDouble()) - 1);
            }
        }

        return values;
    }

    internal static float[] Random(int length, int seed)
    {
        Random random = new(seed);
        return [.. Enumerable.Range(0, length).Select(_ => (float)((2 * random.NextDouble()) - 1))];
    }

    internal static double[,] ToDouble(float[,] values, bool transpose = false, bool absolute = false)
    {
        double[,] result = transpose ? new double[values.GetLength(1), values.GetLength(0)] : new double[values.GetLength(0), values.GetLength(1)];
        for (int i = 0; i < values.GetLength(0); i++)
        {
            for (int j = 0; j < values.GetLength(1); j++)
            {
                double value = absolute ? Math.Abs(values[i, j]) : values[i, j];
                (transpose ? ref result[j, i] : ref result[i, j]) = value;
            }
        }

        return result;
    }

    internal static double[] ToDouble(float[] values, bool absolute = false) => [.. values.Select(x => absolute ? Math.Abs((double)x) : x)];

    /// <summary>Asserts |actual − expected| ≤ factor · magnitude, element by element.</summary>
    internal static void AssertClose(double[,] expected, float[,] actual, double[,] magnitude, double factor)
    {
        Assert.Equal((expected.GetLength(0), expected.GetLength(1)), (actual.GetLength(0), actual.GetLength(1)));
        for (int i = 0; i < expected.GetLength(0); i++)
        {
            for (int j = 0; j < expected.GetLength(1); j++)
            {
                double error = Math.Abs(actual[i, j] - expected[i, j]);
                Assert.True(error <= factor * magnitude[i, j], $"[{i}, {j}]: {actual[i, j]} against {expected[i, j]}; the bound is {factor * magnitude[i, j]}.");
            }
        }
    }
}
