using Dlrm.Data.Synthetic;
using Dlrm.Numerics;

namespace Dlrm.Data.Tests.Synthetic;

public sealed class ZipfDistributionTests
{
    [Theory]
    [InlineData(1, 1.05)]
    [InlineData(2, 0.5)]
    [InlineData(3, 1.0)]
    [InlineData(50, 0.0)]
    [InlineData(50, 0.8)]
    [InlineData(1000, 1.0)]
    [InlineData(1000, 1.000001)]
    [InlineData(1000, 1.05)]
    [InlineData(100_000, 1.05)]
    [InlineData(100_000, 2.5)]
    public void Draw_ManyTimes_FrequenciesFollowTheLaw(long count, double exponent)
    {
        const int Draws = 200_000;
        ZipfDistribution distribution = new(count, exponent);
        Xoshiro256 random = new(new RandomStream(17, 0));
        double total = 0;
        for (long k = 1; k <= count; k++)
        {
            total += Math.Pow(k, -exponent);
        }

        int[] drawn = new int[count];
        for (int i = 0; i < Draws; i++)
        {
            drawn[distribution.Draw(ref random)]++;
        }

        // Neighbours are pooled until at least 20 draws are expected, so that the statistic has its chi-square law.
        double statistic = 0;
        int bins = 0;
        double expectedHere = 0;
        double drawnHere = 0;
        double expectedLeft = Draws;
        for (long k = 1; k <= count; k++)
        {
            double expected = Draws * Math.Pow(k, -exponent) / total;
            expectedHere += expected;
            drawnHere += drawn[k - 1];
            expectedLeft -= expected;
            if ((expectedHere >= 20 && expectedLeft >= 20) || k == count)
            {
                statistic += (drawnHere - expectedHere) * (drawnHere - expectedHere) / expectedHere;
                bins++;
                expectedHere = 0;
                drawnHere = 0;
            }
        }

        // Chi-square of f degrees has mean f and variance 2f: five deviations above, and four below for a law that is too good.
        double freedom = bins - 1;
        Assert.InRange(statistic, Math.Max(0, freedom - (4 * Math.Sqrt(2 * freedom))), freedom + (5 * Math.Sqrt(2 * freedom)) + 1e-9);
    }

    [Fact]
    public void Draw_BillionOutcomes_StaysInRangeAndReachesTheTail()
    {
        ZipfDistribution distribution = new(1_000_000_000, 1.05);
        Xoshiro256 random = new(new RandomStream(17, 0));
        long largest = 0;
        for (int i = 0; i < 100_000; i++)
        {
            long k = distribution.Draw(ref random);
            Assert.InRange(k, 0, 999_999_999);
            largest = Math.Max(largest, k);
        }

        Assert.True(largest > 900_000_000, $"largest {largest}");
    }

    [Fact]
    public void Xoshiro_KnownState_GivesMomentsOfItsLaws()
    {
        Xoshiro256 random = new(new RandomStream(1, 2));
        double uniform = 0;
        double normal = 0;
        double squares = 0;
        const int Draws = 200_000;
        for (int i = 0; i < Draws; i++)
        {
            uniform += random.NextUniform() / Draws;
            double n = random.NextNormal();
            normal += n / Draws;
            squares += n * n / Draws;
        }

        Assert.Equal(0.5, uniform, 5 * Math.Sqrt(1.0 / 12 / Draws));
        Assert.Equal(0, normal, 5 * Math.Sqrt(1.0 / Draws));
        Assert.Equal(1, squares, 5 * Math.Sqrt(2.0 / Draws));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(1000)]
    [InlineData(1024)]
    public void AffineBijection_AnyCount_MeetsEveryNumberOnce(long count)
    {
        for (ulong seed = 0; seed < 20; seed++)
        {
            AffineBijection bijection = new(count, new RandomStream(seed, 5));
            HashSet<long> images = [];
            for (long i = 0; i < count; i++)
            {
                long image = bijection.Map(i);
                Assert.InRange(image, 0, count - 1);
                images.Add(image);
            }

            Assert.Equal(count, images.Count);
        }
    }
}
