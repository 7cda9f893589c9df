namespace Dlrm.Numerics.Kernels;

/// <summary>The logistic function and its cross-entropy, in double without overflow for any logit.</summary>
/// <remarks>One logit a sample, some 20 ns each: far below a step's noise, so the definition is the path in use.</remarks>
internal static class SigmoidKernels
{
    /// <summary>Computes <c>1 / (1 + e^-z)</c>.</summary>
    /// <param name="logit">z.</param>
    /// <returns>The probability.</returns>
    internal static double Sigmoid(double logit)
    {
        double e = Math.Exp(-Math.Abs(logit));
        return (logit >= 0 ? 1 : e) / (1 + e);
    }

    /// <summary>Computes <c>max(z, 0) − z·y + ln(1 + e^-|z|)</c>, in nats, and the probability.</summary>
    /// <param name="logit">z.</param>
    /// <param name="label">y in [0, 1].</param>
    /// <param name="probability">Receives 1 / (1 + e^-z).</param>
    /// <returns>The loss.</returns>
    internal static double CrossEntropy(double logit, double label, out double probability)
    {
        double e = Math.Exp(-Math.Abs(logit));
        probability = (logit >= 0 ? 1 : e) / (1 + e);
        return Math.Max(logit, 0) - (logit * label) + LogOnePlus(e);
    }

    /// <summary>ln(1 + x) for x ≥ 0 without losing a small x (Goldberg 1991, theorem 4).</summary>
    /// <param name="x">x.</param>
    /// <returns>The logarithm.</returns>
    internal static double LogOnePlus(double x)
    {
        double sum = 1 + x;
        return sum == 1 ? x : Math.Log(sum) * (x / (sum - 1));
    }
}
