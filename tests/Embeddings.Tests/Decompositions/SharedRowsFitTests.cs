namespace Dlrm.Embeddings.Tests.Decompositions;

/// <summary>The two baselines by which ids share rows.</summary>
public sealed class SharedRowsFitTests
{
    private const int Seed = 20210405;
    private const int Rows = 53;
    private const int Columns = 3;

    [Fact]
    public void Fit_SharedRows_AreTheMeansOfThoseTheyStandFor()
    {
        float[] table = Table(new Random(Seed));

        (float[] Rows, double SquaredError)[] fits = SharedRowsFit.Fit(new ArrayRows(table, Columns), [1, 7, 52, 53]);

        int[] stored = [1, 7, 52, 53];
        for (int f = 0; f < stored.Length; f++)
        {
            for (int s = 0; s < stored[f]; s++)
            {
                for (int j = 0; j < Columns; j++)
                {
                    Assert.Equal(Enumerable.Range(0, Rows).Where(id => id % stored[f] == s).Average(id => (double)table[(id * Columns) + j]), fits[f].Rows[(s * Columns) + j], 1e-6);
                }
            }

            Assert.Equal(Distance(table, id => fits[f].Rows.AsSpan((id % stored[f]) * Columns, Columns).ToArray()), fits[f].SquaredError, 1e-5);
        }

        Assert.Equal(0, fits[3].SquaredError, 1e-9);
    }

    /// <summary>The error is that of the products, never above that of hashing to as many remainders, and where the fit ends no single number can lower it.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(30)]
    [InlineData(53)]
    public void Fit_QuotientRemainder_IsAMinimumNotAboveHashing(int remainders)
    {
        float[] table = Table(new Random(Seed));
        ArrayRows source = new(table, Columns);

        (float[] quotient, float[] remainder, double error) = QuotientRemainderFit.Fit(source, remainders);

        Assert.Equal(((Rows - 1) / remainders) + 1, quotient.Length / Columns);
        Assert.Equal(Error(table, quotient, remainder, remainders), error, 1e-5);
        Assert.True(error <= SharedRowsFit.Fit(source, [remainders])[0].SquaredError + 1e-9, "Hashing is better.");
        for (int i = 0; i < quotient.Length; i++)
        {
            foreach (float change in (float[])[-0.1f, 0.1f])
            {
                float[] moved = [.. quotient];
                moved[i] += change;
                Assert.True(Error(table, moved, remainder, remainders) >= error - 1e-5, $"Quotient {i} by {change} lowers the error.");
            }
        }
    }

    /// <summary>A table of products is found without error.</summary>
    [Fact]
    public void Fit_TableOfProducts_IsFound()
    {
        Random random = new(Seed);
        float[] q = [.. RandomTensors.Numbers(6 * Columns, random).Select(value => (float)value)];
        float[] m = [.. RandomTensors.Numbers(9 * Columns, random).Select(value => (float)value + 2)];
        float[] table = [.. Enumerable.Range(0, 52 * Columns).Select(i => q[(i / Columns / 9 * Columns) + (i % Columns)] * m[(i / Columns % 9 * Columns) + (i % Columns)])];

        (_, _, double error) = QuotientRemainderFit.Fit(new ArrayRows(table, Columns), 9);

        Assert.InRange(error, 0, 1e-6 * table.Sum(value => (double)value * value));
    }

    [Fact]
    public void Fit_MoreRowsThanIds_IsRefused()
    {
        ArrayRows source = new(Table(new Random(Seed)), Columns);

        Assert.Throws<ArgumentException>(() => SharedRowsFit.Fit(source, [54]));
        Assert.Throws<ArgumentOutOfRangeException>(() => QuotientRemainderFit.Fit(source, 0));
    }

    private static float[] Table(Random random) => [.. RandomTensors.Numbers(Rows * Columns, random).Select(value => (float)(value + 0.3))];

    private static double Error(float[] table, float[] q, float[] m, int remainders) => Distance(
        table, id => [.. Enumerable.Range(0, Columns).Select(j => q[(id / remainders * Columns) + j] * m[(id % remainders * Columns) + j])]);

    private static double Distance(float[] table, Func<int, float[]> row) =>
        Enumerable.Range(0, table.Length / Columns).Sum(id => row(id).Select((value, j) => Math.Pow((double)value - table[(id * Columns) + j], 2)).Sum());
}
