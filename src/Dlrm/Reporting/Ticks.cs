namespace Dlrm.Reporting;

/// <summary>The range and the ticks of one axis, and where values lie on it.</summary>
internal sealed class Ticks
{
    private readonly bool _isLogarithmic;
    private readonly double _low;
    private readonly double _high;

    /// <summary>Initializes a new instance of the <see cref="Ticks"/> class.</summary>
    /// <param name="axis">The axis.</param>
    /// <param name="values">The values to show; those without a place on the axis are passed over.</param>
    /// <param name="most">About the most ticks.</param>
    /// <param name="isTight">Whether the range ends at the values instead of a little beyond.</param>
    internal Ticks(ChartAxis axis, IEnumerable<double> values, int most, bool isTight = false)
    {
        _isLogarithmic = axis.IsLogarithmic;
        double low = double.PositiveInfinity;
        double high = double.NegativeInfinity;
        foreach (double value in values.Where(axis.Shows))
        {
            low = Math.Min(low, value);
            high = Math.Max(high, value);
        }

        if (low > high)
        {
            (low, high) = axis.IsLogarithmic ? (1, 10) : (0, 1);
        }

        if (axis.IsLogarithmic)
        {
            (low, high) = (Math.Log10(low), Math.Log10(high));
            double margin = isTight ? 0 : Math.Max((high - low) * 0.05, 0.05);
            (_low, _high) = high - low < 1e-9 ? (low - 0.5, high + 0.5) : (low - margin, high + margin);
            Values = Decades(most);
            return;
        }

        low = axis.StartsAtZero ? Math.Min(low, 0) : low;
        if (high - low <= Math.Abs(high) * 1e-12)
        {
            double half = high == 0 ? 1 : Math.Abs(high) * 0.1;
            (low, high) = (axis.StartsAtZero && low >= 0 ? Math.Min(low, 0) : low - half, high + half);
        }

        double pad = isTight ? 0 : (high - low) * 0.05;
        (_low, _high) = (axis.StartsAtZero && low == 0 ? 0 : low - pad, high + pad);
        Step = StepOf(_high - _low, most, axis.Format == AxisFormat.Integer);
        Values = [.. Multiples(Step)];
    }

    /// <summary>Gets the ticks.</summary>
    internal IReadOnlyList<double> Values { get; }

    /// <summary>Gets the distance of two ticks; 0 with logarithms.</summary>
    internal double Step { get; }

    /// <summary>Finds the place of a value.</summary>
    /// <param name="value">The value; it must have a place on the axis.</param>
    /// <returns>0 at the lower end, 1 at the upper end.</returns>
    internal double Place(double value) => ((_isLogarithmic ? Math.Log10(value) : value) - _low) / (_high - _low);

    private static double StepOf(double range, int most, bool isWhole)
    {
        double raw = range / Math.Max(most, 1);
        double power = Math.Pow(10, Math.Floor(Math.Log10(raw)));
        double step = raw <= power ? power : raw <= 2 * power ? 2 * power : raw <= 5 * power ? 5 * power : 10 * power;
        return isWhole ? Math.Max(1, Math.Round(step)) : step;
    }

    private IEnumerable<double> Multiples(double step)
    {
        for (double k = Math.Ceiling((_low / step) - 1e-9); k * step <= _high + (step * 1e-9); k++)
        {
            yield return (k * step) + 0.0; // never −0
        }
    }

    private double[] Decades(int most)
    {
        double[] mantissas = _high - _low < 1 ? [1, 2, 3, 5, 7] : _high - _low < 2.5 ? [1, 2, 5] : [1];
        int stride = (int)Math.Max(1, Math.Ceiling((_high - _low) / Math.Max(most, 1)));
        List<double> ticks = [];
        for (int power = (int)Math.Floor(_low); power <= _high; power += stride)
        {
            ticks.AddRange(mantissas.Select(mantissa => mantissa * Math.Pow(10, power)).Where(value => Math.Log10(value) >= _low - 1e-9 && Math.Log10(value) <= _high + 1e-9));
        }

        return [.. ticks];
    }
}
