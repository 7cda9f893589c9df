namespace Dlrm.Numerics.Tests;

/// <summary>Bounds of rounding errors in single precision.</summary>
internal static class RoundingBound
{
    /// <summary>Higham's γₙ = n·u / (1 − n·u), u = 2⁻²⁴.</summary>
    /// <param name="operations">n, the roundings that a term goes through.</param>
    /// <returns>The relative error.</returns>
    internal static double Gamma(double operations) => operations * Math.Pow(2, -24) / (1 - (operations * Math.Pow(2, -24)));

    /// <summary>Checks one number.</summary>
    /// <param name="expected">The reference.</param>
    /// <param name="actual">The number.</param>
    /// <param name="bound">The largest error allowed.</param>
    /// <param name="place">Names the number.</param>
    internal static void Check(double expected, double actual, double bound, FormattableString place)
    {
        // Messages are made only when needed: tests check hundreds of thousands of numbers.
        if (!(Math.Abs(actual - expected) <= bound))
        {
            Assert.Fail($"{place}: {actual:R} instead of {expected:R}, error {Math.Abs(actual - expected):R} above {bound:R}.");
        }
    }
}
