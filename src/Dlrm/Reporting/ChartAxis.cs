namespace Dlrm.Reporting;

/// <summary>One axis of a chart.</summary>
/// <param name="Label">What it shows, with its unit.</param>
/// <param name="Format">How its numbers are written.</param>
/// <param name="IsLogarithmic">Whether equal steps are equal factors; points at 0 or below are left out.</param>
/// <param name="StartsAtZero">Whether 0 is always shown; not with logarithms.</param>
public sealed record ChartAxis(string Label, AxisFormat Format = AxisFormat.Number, bool IsLogarithmic = false, bool StartsAtZero = false)
{
    /// <summary>Says whether a value has a place on the axis.</summary>
    /// <param name="value">The value.</param>
    /// <returns>Whether it is below 1e100 in size, so that sums of such values are finite, and, with logarithms, above 0.</returns>
    internal bool Shows(double value) => Math.Abs(value) < 1e100 && (!IsLogarithmic || value > 0);
}
