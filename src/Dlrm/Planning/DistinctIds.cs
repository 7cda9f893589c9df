namespace Dlrm.Planning;

/// <summary>Predicts how many distinct rows a batch of random ids touches: what is sent of a table, whose ids go out once.</summary>
public static class DistinctIds
{
    private const int Parts = 64;

    /// <summary>Predicts the distinct ids among samples of a Zipf distribution over [0, I).</summary>
    /// <remarks>
    /// <code>
    /// E[U] = Σ over i of 1 − (1 − p(i))ⁿ        p(i) = F(i + 2) − F(i + 1)        F(x) = (x^(1 − s) − 1) / ((I + 1)^(1 − s) − 1), s ≠ 1
    /// </code>
    /// <para>Rows up to 64 one by one, then <c>I</c> in blocks of a 64th of a doubling, in which all have the block's mean probability: O(64·log I).</para>
    /// </remarks>
    /// <param name="rows">I.</param>
    /// <param name="samples">n.</param>
    /// <param name="exponent">s; 0 is uniform.</param>
    /// <returns>E[U].</returns>
    /// <exception cref="ArgumentOutOfRangeException">The table has no row, the samples are negative or the exponent is 1.</exception>
    public static double OfZipf(long rows, long samples, double exponent)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(samples);
        ArgumentOutOfRangeException.ThrowIfEqual(exponent, 1);
        double sum = 0;
        for (long first = 0; first < rows;)
        {
            long end = Math.Min(rows, first < Parts ? first + 1 : first + (first / Parts));
            double probability = (Cumulative(end + 1) - Cumulative(first + 1)) / (end - first);
            sum += (end - first) * (probability >= 1 ? Math.Sign(samples) : 1 - Math.Exp(samples * double.LogP1(-probability)));
            first = end;
        }

        return sum;

        double Cumulative(double x) => (Math.Pow(x, 1 - exponent) - 1) / (Math.Pow(rows + 1.0, 1 - exponent) - 1);
    }
}
