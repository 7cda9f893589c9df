namespace Dlrm.Embeddings;

/// <summary>The hyper-prior of rank parameters and its exact minimiser.</summary>
/// <remarks>
/// <para>One component of a bond governs D entries with second moments M = Σ (μ² + σ²). Its part of the objective, over λ &gt; 0, is</para>
/// <code>
/// f(λ) = M / (2λ) + (D/2)·ln λ − ln p(√λ)
/// log-uniform: −ln p(√λ) = ½ ln λ              λ* = M / (D + 1)
/// half-Cauchy: −ln p(√λ) = ln(1 + λ/η²)        (D + 2) λ² + (D·η² − M) λ − M·η² = 0
/// </code>
/// <para>The larger root of the quadratic is taken in the form that does not cancel.</para>
/// <para>Source: Hawkins, Liu, Zhang, arXiv 2010.08689; derived anew, tested against a numerical minimiser.</para>
/// </remarks>
public static class RankPrior
{
    /// <summary>The smallest rank parameter.</summary>
    public const double SmallestRankParameter = 1e-12;

    /// <summary>Computes λ*.</summary>
    /// <param name="kind">The hyper-prior.</param>
    /// <param name="energy">M.</param>
    /// <param name="entries">D.</param>
    /// <param name="scale">η, for the half-Cauchy.</param>
    /// <returns>λ*, at least <see cref="SmallestRankParameter"/>.</returns>
    public static double Minimizer(RankPriorKind kind, double energy, double entries, double scale)
    {
        if (kind == RankPriorKind.LogUniform)
        {
            return Math.Max(energy / (entries + 1), SmallestRankParameter);
        }

        double squaredScale = scale * scale;
        double h = (entries * squaredScale) - energy;
        double q = Math.Sqrt((h * h) + (4 * (entries + 2) * energy * squaredScale));
        double minimizer = h >= 0 ? 2 * energy * squaredScale / (h + q) : (q - h) / (2 * (entries + 2));
        return Math.Max(minimizer, SmallestRankParameter);
    }

    /// <summary>Computes f(λ), the part of the objective that one component's λ governs.</summary>
    /// <param name="kind">The hyper-prior.</param>
    /// <param name="rankParameter">λ.</param>
    /// <param name="energy">M.</param>
    /// <param name="entries">D.</param>
    /// <param name="scale">η.</param>
    /// <returns>The value in nats, up to a constant.</returns>
    public static double Objective(RankPriorKind kind, double rankParameter, double energy, double entries, double scale) =>
        (energy / (2 * rankParameter)) + (entries / 2 * Math.Log(rankParameter)) + NegativeLogHyperPrior(kind, rankParameter, scale);

    /// <summary>Computes −ln p(√λ), up to a constant.</summary>
    /// <param name="kind">The hyper-prior.</param>
    /// <param name="rankParameter">λ.</param>
    /// <param name="scale">η.</param>
    /// <returns>The value in nats.</returns>
    public static double NegativeLogHyperPrior(RankPriorKind kind, double rankParameter, double scale) =>
        kind == RankPriorKind.LogUniform ? 0.5 * Math.Log(rankParameter) : Math.Log(1 + (rankParameter / (scale * scale)));
}
