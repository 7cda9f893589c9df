namespace Dlrm.Numerics;

/// <summary>Holds positives and negatives by bin of the logit: AUC in fixed memory, whose states add over workers.</summary>
/// <remarks>
/// <code>
/// bin(z) = ⌊(z + 16) · 2048⌋ clamped to [0, 65535]                     z = ln(p / (1 - p))
/// AUC    = Σ_b P[b] · (N[0] + … + N[b-1] + ½·N[b]) / (ΣP · ΣN)
/// </code>
/// <para>A label y in [0, 1] counts as y of a positive and 1 - y of a negative, so true probabilities can stand as labels.</para>
/// <para>Bins are equal on the logit and not on the probability because click models crowd near p = 0.03: there a bin is 1/2048 of p wide,
/// where 2^16 equal bins of p would be as wide as 1/2000 at 0.03 and 1/65 at 0.001.</para>
/// <para>Error: pairs in one bin count ½ each, so it is at most <see cref="ErrorBound"/>, which no order within the bins can exceed.
/// Where labels vary smoothly with the logit these pairs cancel: the error measured over logit spreads 0.05 to 5 is below 1e-5, as the tests
/// hold it. Predictions that all lie within 1/2048 of a logit are one bin, hence AUC 0.5.</para>
/// <para>Not thread-safe.</para>
/// </remarks>
public sealed class AucHistogram
{
    /// <summary>The number of bins.</summary>
    public const int Bins = 1 << 16;

    /// <summary>The length of the state: positives, then negatives.</summary>
    public const int StateLength = 2 * Bins;

    private const double Limit = 16;
    private const double BinsPerLogit = Bins / (2 * Limit);

    private readonly double[] _counts = new double[StateLength];

    /// <summary>Gets the additive state: the positives of each bin, then the negatives. The states of two workers add element by element.</summary>
    public Span<double> State => _counts;

    private ReadOnlySpan<double> Positives => _counts.AsSpan(0, Bins);

    private ReadOnlySpan<double> Negatives => _counts.AsSpan(Bins);

    /// <summary>Adds one sample by its logit.</summary>
    /// <param name="logit">ln(p / (1 - p)); infinities fall into the outer bins.</param>
    /// <param name="label">The label in [0, 1].</param>
    /// <exception cref="ArgumentException">The logit is NaN.</exception>
    public void AddLogit(double logit, double label)
    {
        if (double.IsNaN(logit))
        {
            throw new ArgumentException("The logit is NaN, so it has no place in an order.", nameof(logit));
        }

        int bin = (int)Math.Clamp((logit + Limit) * BinsPerLogit, 0, Bins - 1);
        _counts[bin] += label;
        _counts[Bins + bin] += 1 - label;
    }

    /// <summary>Adds one sample by its probability.</summary>
    /// <param name="probability">The probability in [0, 1].</param>
    /// <param name="label">The label in [0, 1].</param>
    /// <exception cref="ArgumentException">The probability is NaN.</exception>
    public void Add(double probability, double label) => AddLogit(Math.Log(probability / (1 - probability)), label);

    /// <summary>Adds another histogram.</summary>
    /// <param name="other">The samples of another worker or split.</param>
    public void Merge(AucHistogram other)
    {
        for (int i = 0; i < StateLength; i++)
        {
            _counts[i] += other._counts[i];
        }
    }

    /// <summary>Gets the AUC, pairs within a bin counting ½.</summary>
    /// <returns>The AUC, or NaN when there is no positive or no negative: then it is undefined.</returns>
    public double Auc()
    {
        double won = 0;
        double positives = 0;
        double negatives = 0;
        for (int b = 0; b < Bins; b++)
        {
            won += Positives[b] * (negatives + (0.5 * Negatives[b]));
            positives += Positives[b];
            negatives += Negatives[b];
        }

        return positives > 0 && negatives > 0 ? won / (positives * negatives) : double.NaN;
    }

    /// <summary>Gets the largest possible difference from the AUC of the unbinned samples: ½ Σ P[b]·N[b] / (ΣP·ΣN).</summary>
    /// <returns>The bound, or NaN when AUC is undefined.</returns>
    public double ErrorBound()
    {
        double shared = 0;
        double positives = 0;
        double negatives = 0;
        for (int b = 0; b < Bins; b++)
        {
            shared += Positives[b] * Negatives[b];
            positives += Positives[b];
            negatives += Negatives[b];
        }

        return positives > 0 && negatives > 0 ? 0.5 * shared / (positives * negatives) : double.NaN;
    }
}
