using System.Globalization;

namespace Dlrm.CommandLine.Hosting;

/// <summary>How numbers look to people.</summary>
internal static class Format
{
    /// <summary>Writes a metric with four digits, or a dash when it is undefined.</summary>
    /// <param name="value">The value.</param>
    /// <returns>"0.7549".</returns>
    internal static string Metric(double? value) => value is double number && double.IsFinite(number) ? number.ToString("F4", CultureInfo.InvariantCulture) : "–";

    /// <summary>Writes a difference of two metrics with its sign and four digits; no sign when it rounds to zero.</summary>
    /// <param name="value">The difference.</param>
    /// <returns>"−0.0023".</returns>
    internal static string Difference(double value) => Math.Round(value, 4).ToString("+0.0000;−0.0000;0.0000", CultureInfo.InvariantCulture);

    /// <summary>Writes a whole number with thousands.</summary>
    /// <param name="value">The value.</param>
    /// <returns>"1,076,945".</returns>
    internal static string Count(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>Writes a number of bytes.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <returns>"4.31 MB", in powers of 1000.</returns>
    internal static string Bytes(long bytes)
    {
        string[] units = ["B", "kB", "MB", "GB", "TB"];
        double value = bytes;
        int unit = 0;
        while (value >= 1000 && unit < units.Length - 1)
        {
            value /= 1000;
            unit++;
        }

        string digits = unit == 0 ? "F0" : value < 10 ? "F2" : value < 100 ? "F1" : "F0";
        return value.ToString(digits, CultureInfo.InvariantCulture) + " " + units[unit];
    }

    /// <summary>Writes a time.</summary>
    /// <param name="time">The time.</param>
    /// <returns>"1:02:03" or "2:03".</returns>
    internal static string Time(TimeSpan time) =>
        time.TotalHours >= 1
            ? string.Create(CultureInfo.InvariantCulture, $"{(long)time.TotalHours}:{time.Minutes:D2}:{time.Seconds:D2}")
            : string.Create(CultureInfo.InvariantCulture, $"{time.Minutes}:{time.Seconds:D2}");

    /// <summary>Writes a ratio.</summary>
    /// <param name="of">The larger.</param>
    /// <param name="by">The smaller.</param>
    /// <returns>"12.3×".</returns>
    internal static string Ratio(double of, double by) => by > 0 ? (of / by).ToString("F1", CultureInfo.InvariantCulture) + "×" : "–";

    /// <summary>Writes a share.</summary>
    /// <param name="share">In [0, 1].</param>
    /// <returns>"4.2 %".</returns>
    internal static string Share(double share) => (100 * share).ToString("F1", CultureInfo.InvariantCulture) + " %";

    /// <summary>Writes inner TT ranks.</summary>
    /// <param name="ranks">The ranks; empty for a dropped tensor, null for no tensor.</param>
    /// <returns>"[3, 2]", "zero" or a dash.</returns>
    internal static string Ranks(IReadOnlyList<int>? ranks) => ranks is null ? "–" : ranks.Count == 0 ? "zero" : $"[{string.Join(", ", ranks)}]";
}
