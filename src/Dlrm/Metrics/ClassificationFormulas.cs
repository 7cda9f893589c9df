namespace Dlrm.Metrics;

/// <summary>The formulas of the metrics, apart from the state they read.</summary>
public static class ClassificationFormulas
{
    // The float 0 stands for all below half of the least subnormal, the float 1 for all within half a step of it.
    private static readonly double LogOfZero = -150 * Math.Log(2);
    private static readonly double LogOfOneMinusOne = -25 * Math.Log(2);

    /// <summary>Gets one sample's log loss in nats.</summary>
    /// <remarks>
    /// <code>-y · ln p - (1 - y) · ln(1 - p)</code>
    /// <para>A float probability of exactly 0 is taken as 2^-150 and 1 as 1 - 2^-25 (half of the float spacing there), so one saturated
    /// sample on the wrong side costs 104 or 17.3 nats and not infinity; such samples are counted in the result.</para>
    /// </remarks>
    /// <param name="probability">p in [0, 1].</param>
    /// <param name="label">y in [0, 1].</param>
    /// <returns>The log loss in nats.</returns>
    public static double LogLossTerm(float probability, float label)
    {
        double p = probability;
        double loss = 0;
        if (label > 0)
        {
            loss -= label * (p > 0 ? Math.Log(p) : LogOfZero);
        }

        if (label < 1)
        {
            loss -= (1 - (double)label) * (p < 1 ? LogOfOneMinus(p) : LogOfOneMinusOne);
        }

        return loss;
    }

    /// <summary>Gets the entropy of a label of a given mean, in nats: the log loss of always predicting that mean.</summary>
    /// <param name="meanLabel">The mean label in [0, 1].</param>
    /// <returns>The entropy; 0 for one class only.</returns>
    public static double Entropy(double meanLabel)
    {
        double positive = meanLabel > 0 ? -meanLabel * Math.Log(meanLabel) : 0;
        double negative = meanLabel < 1 ? -(1 - meanLabel) * Math.Log(1 - meanLabel) : 0;
        return positive + negative;
    }

    /// <summary>Gets the normalised entropy.</summary>
    /// <remarks><code>NE = log loss / entropy(mean label)        both in the same unit</code></remarks>
    /// <param name="logLoss">The mean log loss in nats, over all workers.</param>
    /// <param name="meanLabel">The mean label over all workers.</param>
    /// <returns>NE; below 1 is better than the base rate; NaN with one class only.</returns>
    public static double NormalizedEntropy(double logLoss, double meanLabel)
    {
        double entropy = Entropy(meanLabel);
        return entropy > 0 ? logLoss / entropy : double.NaN;
    }

    /// <summary>Gets the AUC by sorting, equal probabilities being one step.</summary>
    /// <remarks>
    /// <code>AUC = Σ_ij y_i · (1 - y_j) · ([p_i > p_j] + ½·[p_i = p_j]) / (Σ y · Σ (1 - y))</code>
    /// <para>So a constant predictor has exactly 0.5. A label y counts as y of a positive and 1 - y of a negative.
    /// Cost: one sort. Both arguments are reordered.</para>
    /// </remarks>
    /// <param name="probabilities">n probabilities, not NaN; sorted here.</param>
    /// <param name="labels">n labels in [0, 1]; follow the probabilities.</param>
    /// <returns>The AUC, or NaN when there is no positive or no negative: then it is undefined.</returns>
    public static double AucBySorting(Span<float> probabilities, Span<float> labels)
    {
        probabilities.Sort(labels);
        double won = 0;
        double positives = 0;
        double negatives = 0;
        int first = 0;
        while (first < probabilities.Length)
        {
            double positivesHere = 0;
            double negativesHere = 0;
            int next = first;
            for (; next < probabilities.Length && probabilities[next] == probabilities[first]; next++)
            {
                positivesHere += labels[next];
                negativesHere += 1 - (double)labels[next];
            }

            won += positivesHere * (negatives + (0.5 * negativesHere));
            positives += positivesHere;
            negatives += negativesHere;
            first = next;
        }

        return positives > 0 && negatives > 0 ? won / (positives * negatives) : double.NaN;
    }

    /// <summary>Gets ln(1 - p) to full accuracy for small p, where 1 - p rounds.</summary>
    private static double LogOfOneMinus(double p)
    {
        // Kahan: ln(x)·(x-1)⁻¹ is smooth near 1, so the error of x = 1 - p cancels.
        double x = 1 - p;
        return x == 1 ? -p : Math.Log(x) * (-p / (x - 1));
    }
}
