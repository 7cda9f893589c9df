namespace Dlrm.Data.Synthetic;

/// <summary>Draws from a bounded power law in constant memory and constant time, whatever the number of outcomes.</summary>
/// <remarks>
/// <code>P(k) = (k + 1)^-α / Σ_j (j + 1)^-α        k = 0 … n-1</code>
/// <para>Rejection-inversion: invert H(x) = ∫ t^-α dt over the hat of the histogram and accept with probability above 0.9 on the tail.</para>
/// <para>Source: Hörmann, Derflinger, "Rejection-inversion to generate variates from monotone discrete distributions", ACM TOMACS 1996.</para>
/// </remarks>
internal sealed class ZipfDistribution
{
    private readonly double _exponent;
    private readonly double _integralFirst;
    private readonly double _integralLast;
    private readonly double _acceptWithin;

    /// <summary>Initializes a new instance of the <see cref="ZipfDistribution"/> class.</summary>
    /// <param name="count">The number of outcomes n, at least 1.</param>
    /// <param name="exponent">α, at least 0; 0 is the uniform distribution.</param>
    internal ZipfDistribution(long count, double exponent)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(exponent);
        Count = count;
        _exponent = exponent;
        _integralFirst = Integral(1.5) - 1;
        _integralLast = Integral(count + 0.5);
        _acceptWithin = 2 - InverseIntegral(Integral(2.5) - Density(2));
    }

    /// <summary>Gets the number of outcomes n.</summary>
    internal long Count { get; }

    /// <summary>Draws one outcome.</summary>
    /// <param name="random">The generator.</param>
    /// <returns>k in [0, n), most frequent first.</returns>
    internal long Draw(ref Xoshiro256 random)
    {
        while (true)
        {
            double u = _integralLast + (random.NextUniform() * (_integralFirst - _integralLast));
            double x = InverseIntegral(u);
            long k = Math.Clamp((long)(x + 0.5), 1, Count);

            // The first test accepts most draws without evaluating the integral again.
            if (k - x <= _acceptWithin || u >= Integral(k + 0.5) - Density(k))
            {
                return k - 1;
            }
        }
    }

    /// <summary>Gets (e^t - 1) / t, also near 0, where the quotient loses its digits.</summary>
    private static double ExpRatio(double t) =>
        Math.Abs(t) < 1e-4 ? 1 + (t * (0.5 + (t * ((1.0 / 6) + (t / 24))))) : (Math.Exp(t) - 1) / t;

    /// <summary>Gets ln(1 + t) / t, also near 0.</summary>
    private static double LogRatio(double t) =>
        Math.Abs(t) < 1e-4 ? 1 - (t * (0.5 - (t * ((1.0 / 3) - (t / 4))))) : Math.Log(1 + t) / t;

    private double Density(double x) => Math.Exp(-_exponent * Math.Log(x));

    /// <summary>Gets H(x) = (x^(1-α) - 1) / (1 - α), which is ln x at α = 1.</summary>
    private double Integral(double x)
    {
        double log = Math.Log(x);
        return ExpRatio((1 - _exponent) * log) * log;
    }

    private double InverseIntegral(double y)
    {
        // Rounding can put the argument of the logarithm below its domain at α > 1.
        double t = Math.Max(-1, y * (1 - _exponent));
        return Math.Exp(LogRatio(t) * y);
    }
}
