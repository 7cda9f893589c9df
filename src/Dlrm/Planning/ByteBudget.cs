using System.Globalization;

namespace Dlrm.Planning;

/// <summary>The bytes that a whole model may store: a number, or a fraction of what it would store with every table and tower dense.</summary>
/// <remarks><code>"100x" = dense bytes / 100      "430778", "420kB", "1.5MB", "2GB" = bytes, in powers of 1000</code></remarks>
public sealed record ByteBudget
{
    private static readonly (string Unit, double Bytes)[] Units = [("tb", 1e12), ("gb", 1e9), ("mb", 1e6), ("kb", 1e3), ("b", 1), (string.Empty, 1)];
    private readonly double _value;
    private readonly bool _isRatio;

    private ByteBudget(double value, bool isRatio)
    {
        _value = value;
        _isRatio = isRatio;
    }

    /// <summary>Reads a budget.</summary>
    /// <param name="text">"100x" or "1.5MB"; letters of either case, spaces before the unit allowed.</param>
    /// <returns>The budget, or null when the text is none.</returns>
    public static ByteBudget? TryParse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string lower = text.Trim().ToLowerInvariant();
        if (lower.EndsWith('x') || lower.EndsWith('×'))
        {
            return Number(lower[..^1]) is double ratio ? new ByteBudget(ratio, isRatio: true) : null;
        }

        (string unit, double bytes) = Units.First(pair => lower.EndsWith(pair.Unit, StringComparison.Ordinal));
        return Number(lower[..^unit.Length]) is double count && count * bytes is >= 1 and < 1e18 ? new ByteBudget(count * bytes, isRatio: false) : null;
    }

    /// <summary>Gets the bytes.</summary>
    /// <param name="denseBytes">What the model would store dense.</param>
    /// <returns>The most that it may store.</returns>
    public long BytesOf(long denseBytes) => (long)(_isRatio ? denseBytes / _value : _value);

    private static double? Number(string text) =>
        double.TryParse(text.TrimEnd(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number) && number > 0 && double.IsFinite(number) ? number : null;
}
