using System.Numerics;
using Dlrm.Numerics;

namespace Dlrm.Data.Synthetic;

/// <summary>Draws uniform and normal numbers of one stream.</summary>
/// <remarks>
/// <para>State of 256 bits from a <see cref="RandomStream"/> by SplitMix64, so that streams do not overlap in practice.</para>
/// <para>Source: Blackman, Vigna, "Scrambled linear pseudorandom number generators", ACM TOMS 2021 (xoshiro256**).</para>
/// </remarks>
internal struct Xoshiro256
{
    private ulong _s0;
    private ulong _s1;
    private ulong _s2;
    private ulong _s3;
    private double _spareNormal;
    private bool _hasSpareNormal;

    /// <summary>Initializes a new instance of the <see cref="Xoshiro256"/> struct at the start of a stream.</summary>
    /// <param name="stream">The seed and what the numbers are for.</param>
    internal Xoshiro256(RandomStream stream)
    {
        ulong state = new RandomStream(0, stream.Seed).Derive(stream.Stream).Stream;
        _s0 = SplitMix(ref state);
        _s1 = SplitMix(ref state);
        _s2 = SplitMix(ref state);
        _s3 = SplitMix(ref state);
    }

    /// <summary>Draws 64 bits.</summary>
    /// <returns>The bits.</returns>
    internal ulong NextBits()
    {
        ulong result = BitOperations.RotateLeft(_s1 * 5, 7) * 9;
        ulong t = _s1 << 17;
        _s2 ^= _s0;
        _s3 ^= _s1;
        _s1 ^= _s2;
        _s0 ^= _s3;
        _s2 ^= t;
        _s3 = BitOperations.RotateLeft(_s3, 45);
        return result;
    }

    /// <summary>Draws a uniform number.</summary>
    /// <returns>A multiple of 2^-53 in [0, 1).</returns>
    internal double NextUniform() => (NextBits() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Draws a number of N(0, 1), by Box and Muller's transform.</summary>
    /// <returns>The number.</returns>
    internal double NextNormal()
    {
        if (_hasSpareNormal)
        {
            _hasSpareNormal = false;
            return _spareNormal;
        }

        double radius = Math.Sqrt(-2 * Math.Log(1 - NextUniform()));
        (double sine, double cosine) = Math.SinCos(2 * Math.PI * NextUniform());
        _spareNormal = radius * sine;
        _hasSpareNormal = true;
        return radius * cosine;
    }

    private static ulong SplitMix(ref ulong state)
    {
        state += 0x9E3779B97F4A7C15UL;
        ulong z = state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return z ^ (z >> 31);
    }
}
