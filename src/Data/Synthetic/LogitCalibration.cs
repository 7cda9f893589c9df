namespace Dlrm.Data.Synthetic;

/// <summary>Finds the scale and bias of given logits that make a wanted Bayes AUC and base rate.</summary>
internal static class LogitCalibration
{
    private const int MostQuantiles = 16_384;

    /// <summary>Solves for scale and bias.</summary>
    /// <remarks>
    /// <code>
    /// p_i = 1 / (1 + exp(-(scale · z_i + bias)))
    /// mean p = base rate        Σ_ij p_i · (1 - p_j) · [z_i > z_j] / (Σp · Σ(1 - p)) = AUC        (i = j counting ½)
    /// </code>
    /// <para>The order of the p_i is that of the z_i whatever the scale, so one sort serves; bisection on the scale, Newton on the bias.</para>
    /// </remarks>
    /// <param name="logits">z; sorted here.</param>
    /// <param name="targetAuc">The wanted AUC, in (0.5, 1).</param>
    /// <param name="baseRate">The wanted mean of p, in (0, 1).</param>
    /// <returns>Scale and bias. The largest scale, 1000, when even that does not reach the AUC.</returns>
    internal static (double Scale, double Bias) Solve(double[] logits, double targetAuc, double baseRate)
    {
        Array.Sort(logits);
        if (logits.Length > MostQuantiles)
        {
            // Evenly spaced quantiles stand for all of them.
            int every = logits.Length / MostQuantiles;
            logits = [.. Enumerable.Range(0, MostQuantiles).Select((int i) => logits[(i * every) + (every / 2)])];
        }

        double low = Math.Log(1e-3);
        double high = Math.Log(1e3);
        double scale = 1;
        double bias = 0;
        for (int step = 0; step < 32; step++)
        {
            scale = Math.Exp((low + high) / 2);
            bias = BiasFor(logits, scale, baseRate);
            if (ExpectedAuc(logits, scale, bias) < targetAuc)
            {
                low = Math.Log(scale);
            }
            else
            {
                high = Math.Log(scale);
            }
        }

        return (scale, bias);
    }

    /// <summary>Gets 1 / (1 + exp(-logit)).</summary>
    /// <param name="logit">The logit.</param>
    /// <returns>The probability.</returns>
    internal static double Sigmoid(double logit) => 1 / (1 + Math.Exp(-logit));

    /// <summary>Finds the bias that gives the base rate: bisection, as the mean rises with the bias.</summary>
    private static double BiasFor(double[] logits, double scale, double baseRate)
    {
        double width = (scale * Math.Max(Math.Abs(logits[0]), Math.Abs(logits[^1]))) + 20;
        double low = -width;
        double high = width;
        for (int step = 0; step < 32; step++)
        {
            double bias = (low + high) / 2;
            double sum = 0;
            foreach (double logit in logits)
            {
                sum += Sigmoid((scale * logit) + bias);
            }

            if (sum < baseRate * logits.Length)
            {
                low = bias;
            }
            else
            {
                high = bias;
            }
        }

        return (low + high) / 2;
    }

    private static double ExpectedAuc(double[] sortedLogits, double scale, double bias)
    {
        double won = 0;
        double positives = 0;
        double negatives = 0;
        foreach (double logit in sortedLogits)
        {
            double p = Sigmoid((scale * logit) + bias);
            won += p * (negatives + (0.5 * (1 - p)));
            positives += p;
            negatives += 1 - p;
        }

        return won / (positives * negatives);
    }
}
