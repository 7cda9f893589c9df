using Dlrm.Planning;

namespace Dlrm.Tests.Planning;

/// <summary>Tests of <see cref="DistinctIds"/>.</summary>
public sealed class DistinctIdsTests
{
    [Theory]
    [InlineData(1, 5, 1.05)]
    [InlineData(50, 30, 1.05)]
    [InlineData(5_000, 2048, 1.05)]
    [InlineData(200_000, 2048, 1.05)]
    [InlineData(200_000, 8192, 0.5)]
    [InlineData(3_000, 4096, 0)]
    public void OfZipf_AnyTable_IsTheSumOverRows(long rows, long samples, double exponent)
    {
        double sum = 0;
        double whole = Math.Pow(rows + 1.0, 1 - exponent) - 1;
        for (long i = 0; i < rows; i++)
        {
            double probability = (Math.Pow(i + 2.0, 1 - exponent) - Math.Pow(i + 1.0, 1 - exponent)) / whole;
            sum += 1 - Math.Pow(1 - probability, samples);
        }

        Assert.Equal(sum, DistinctIds.OfZipf(rows, samples, exponent), 1e-4 * sum);
    }

    [Fact]
    public void OfZipf_MoreSamplesOrRows_IsMore()
    {
        Assert.Equal(0, DistinctIds.OfZipf(100, 0, 1.05));
        Assert.True(DistinctIds.OfZipf(40_000_000, 2048, 1.05) > DistinctIds.OfZipf(1_000_000, 2048, 1.05));
        Assert.InRange(DistinctIds.OfZipf(40_000_000, 2048, 1.05), 1, 2048);
    }

    [Fact]
    public void OfZipf_NoRowsOrHarmonicExponent_Throws()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => DistinctIds.OfZipf(0, 10, 1.05));
        Assert.Throws<ArgumentOutOfRangeException>(() => DistinctIds.OfZipf(10, 10, 1));
    }
}
