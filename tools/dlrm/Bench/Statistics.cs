namespace Dlrm.CommandLine.Bench;

/// <summary>Middles of measurements.</summary>
internal static class Statistics
{
    /// <summary>Finds the median: the mean of the two middle values of an even number.</summary>
    /// <param name="values">At least one value.</param>
    /// <returns>The median.</returns>
    internal static double Median(IReadOnlyList<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    /// <summary>Computes the geometric mean.</summary>
    /// <param name="values">Values above 0, at least one.</param>
    /// <returns>exp of the mean logarithm.</returns>
    internal static double GeometricMean(IReadOnlyList<double> values) => Math.Exp(values.Average(Math.Log));
}
