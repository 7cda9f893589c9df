using Dlrm.Numerics;

namespace Dlrm.Data.Synthetic;

/// <summary>A seeded bijection of [0, n) in constant memory.</summary>
/// <remarks><code>f(i) = (a · i + c) mod n        gcd(a, n) = 1, so that no two i meet</code></remarks>
internal sealed class AffineBijection
{
    private readonly ulong _count;
    private readonly ulong _factor;
    private readonly ulong _offset;

    /// <summary>Initializes a new instance of the <see cref="AffineBijection"/> class.</summary>
    /// <param name="count">n, at least 1.</param>
    /// <param name="stream">Where a and c are drawn from.</param>
    internal AffineBijection(long count, RandomStream stream)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        Xoshiro256 random = new(stream);
        _count = (ulong)count;
        do
        {
            _factor = random.NextBits() % _count;
        }
        while (GreatestCommonDivisor(_factor, _count) != 1);

        _offset = random.NextBits() % _count;
    }

    /// <summary>Maps one number.</summary>
    /// <param name="position">i in [0, n).</param>
    /// <returns>f(i) in [0, n).</returns>
    internal long Map(long position) => (long)((((UInt128)_factor * (ulong)position) + _offset) % _count);

    private static ulong GreatestCommonDivisor(ulong a, ulong b)
    {
        while (b != 0)
        {
            (a, b) = (b, a % b);
        }

        return a;
    }
}
