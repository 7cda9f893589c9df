using Dlrm.Numerics.Kernels;

namespace Dlrm.Numerics.Tests.Kernels;

public sealed class PhiloxKernelsTests
{
    private static readonly RandomStream Stream = new RandomStream(20240607, 3).Derive(11);

    /// <summary>counter (low, high), stream (upper counter), seed (key), four words: the three philox4x32-10 lines of Random123's kat_vectors.</summary>
    public static TheoryData<ulong, ulong, ulong, uint[]> KnownAnswers => new()
    {
        { 0, 0, 0, [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8] },
        { ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd] },
        { 0x85a308d3_243f6a88, 0x03707344_13198a2e, 0x299f31d0_a4093822, [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1] },
    };

    [Theory]
    [MemberData(nameof(KnownAnswers))]
    public void ReferenceWords_Random123Vectors_AreReproduced(ulong block, ulong stream, ulong seed, uint[] expected)
    {
        uint[] words = new uint[4];
        PhiloxKernels.ReferenceWords(new RandomStream(seed, stream), block, words);
        Assert.Equal(expected, words);
    }

    [Theory]
    [MemberData(nameof(KnownAnswers))]
    public void GroupWords_Random123Vectors_AreReproducedInTheirLane(ulong block, ulong stream, ulong seed, uint[] expected)
    {
        uint[] words = new uint[32];
        PhiloxKernels.GroupWords(new RandomStream(seed, stream), block / 8, words);
        int lane = (int)(block % 8);
        uint[] block4 = [words[lane], words[8 + lane], words[16 + lane], words[24 + lane]];
        Assert.Equal(expected, block4);
    }

    [Theory]
    [InlineData(0L)]
    [InlineData(1L)]
    [InlineData(31L)]
    [InlineData((1L << 35) - 7)]
    [InlineData((1L << 62) + 5)]
    public void Normal_AnyFirst_IsTheReferencesNumber(long first)
    {
        float[] numbers = new float[4099];
        PhiloxKernels.Normal(Stream, first, numbers);
        for (int i = 0; i < numbers.Length; i++)
        {
            // u and φ carry one rounding each, ln, √, sin, cos and the product a few more: 16 u of the largest radius, 6.7.
            double expected = PhiloxKernels.ReferenceNormal(Stream, first + i);
            Assert.InRange(numbers[i], expected - 6.4e-6, expected + 6.4e-6);
        }
    }

    [Fact]
    public void Normal_RangeCutAnywhere_HasTheSameBits()
    {
        float[] whole = new float[301];
        PhiloxKernels.Normal(Stream, 17, whole);
        foreach (int piece in (int[])[1, 3, 7, 8, 31, 32, 33, 64, 100])
        {
            float[] parts = new float[whole.Length];
            for (int i = 0; i < parts.Length; i += piece)
            {
                PhiloxKernels.Normal(Stream, 17 + i, parts.AsSpan(i, Math.Min(piece, parts.Length - i)));
            }

            Assert.Equal(whole, parts);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(31)]
    [InlineData(32)]
    [InlineData(33)]
    public void Normal_AnyLength_WritesNothingOutside(int length)
    {
        float[] numbers = new float[length + 64];
        Array.Fill(numbers, float.NaN);
        PhiloxKernels.Normal(Stream, 5, numbers.AsSpan(32, length));
        Assert.All(numbers[..32], value => Assert.True(float.IsNaN(value)));
        Assert.All(numbers[32..(32 + length)], value => Assert.True(float.IsFinite(value)));
        Assert.All(numbers[(32 + length)..], value => Assert.True(float.IsNaN(value)));
    }

    [Fact]
    public void Normal_AMillionNumbers_HaveTheMomentsAndTheDistribution()
    {
        const int Count = 1_000_000;
        float[] numbers = new float[Count];
        PhiloxKernels.Normal(Stream, 0, numbers);
        double[] moments = [.. Enumerable.Range(1, 4).Select(k => numbers.Average(x => Math.Pow(x, k)))];

        // Five standard errors of the mean, variance, third and fourth moment: √(1, 2, 15, 96 / n).
        Assert.InRange(moments[0], -5 * Math.Sqrt(1.0 / Count), 5 * Math.Sqrt(1.0 / Count));
        Assert.InRange(moments[1], 1 - (5 * Math.Sqrt(2.0 / Count)), 1 + (5 * Math.Sqrt(2.0 / Count)));
        Assert.InRange(moments[2], -5 * Math.Sqrt(15.0 / Count), 5 * Math.Sqrt(15.0 / Count));
        Assert.InRange(moments[3], 3 - (5 * Math.Sqrt(96.0 / Count)), 3 + (5 * Math.Sqrt(96.0 / Count)));
        Array.Sort(numbers);
        Assert.InRange(KolmogorovSmirnov(numbers, NormalDistribution), 0, 1.95 / Math.Sqrt(Count));
    }

    [Fact]
    public void Normal_NeighboursStreamsAndSeeds_AreUncorrelated()
    {
        const int Count = 200_000;
        float[] numbers = new float[Count];
        PhiloxKernels.Normal(Stream, 0, numbers);
        float[] other = new float[Count];
        foreach (RandomStream stream in (RandomStream[])[Stream.Derive(0), Stream.Derive(1), Stream with { Seed = Stream.Seed + 1 }])
        {
            PhiloxKernels.Normal(stream, 0, other);
            Assert.InRange(Correlation(numbers, other), -5 / Math.Sqrt(Count), 5 / Math.Sqrt(Count));
        }

        // Lags 8 and 16 are the two numbers of one Box-Muller pair and the two pairs of one block.
        foreach (int lag in (int[])[1, 2, 7, 8, 16, 24, 32])
        {
            Assert.InRange(Correlation(numbers.AsSpan(0, Count - lag), numbers.AsSpan(lag)), -5 / Math.Sqrt(Count - lag), 5 / Math.Sqrt(Count - lag));
        }
    }

    [Fact]
    public void Uniform_AMillionNumbers_AreUniformInTheHalfOpenUnitInterval()
    {
        const int Count = 1_000_000;
        float[] numbers = new float[Count];
        PhiloxKernels.Uniform(Stream, 3, numbers);
        Array.Sort(numbers);
        Assert.InRange(numbers[0], 0, 1e-4);
        Assert.InRange(numbers[^1], 1 - 1e-4, 1 - Math.Pow(2, -24));
        Assert.InRange(KolmogorovSmirnov(numbers, x => x), 0, 1.95 / Math.Sqrt(Count));
    }

    private static double Correlation(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++)
        {
            sum += (double)a[i] * b[i];
        }

        return sum / a.Length;
    }

    private static double KolmogorovSmirnov(float[] sorted, Func<double, double> distribution)
    {
        double worst = 0;
        for (int i = 0; i < sorted.Length; i++)
        {
            double p = distribution(sorted[i]);
            worst = Math.Max(worst, Math.Max(p - ((double)i / sorted.Length), ((i + 1.0) / sorted.Length) - p));
        }

        return worst;
    }

    /// <summary>Φ(x) by Abramowitz and Stegun 7.1.26 (error below 1.5e-7, far below the statistic's 2e-3).</summary>
    private static double NormalDistribution(double x)
    {
        double z = Math.Abs(x) / Math.Sqrt(2);
        double t = 1 / (1 + (0.3275911 * z));
        double tail = ((((((((1.061405429 * t) - 1.453152027) * t) + 1.421413741) * t) - 0.284496736) * t) + 0.254829592) * t * Math.Exp(-z * z);
        return x < 0 ? tail / 2 : 1 - (tail / 2);
    }
}
