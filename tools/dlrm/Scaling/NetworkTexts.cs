using System.Globalization;
using Dlrm.CommandLine.Hosting;

namespace Dlrm.CommandLine.Scaling;

/// <summary>Reads times, rates and shares from the command line.</summary>
/// <remarks><code>"5us", "0.2ms" = seconds      "10Gb", "400Mb" = bits a second      "12.5GB" = bytes a second</code></remarks>
internal static class NetworkTexts
{
    private static readonly (string Unit, double Factor)[] Times = [("ns", 1e-9), ("us", 1e-6), ("µs", 1e-6), ("ms", 1e-3), ("s", 1)];
    private static readonly (string Unit, double Factor)[] Rates = [("Mb", 1e6 / 8), ("Gb", 1e9 / 8), ("Tb", 1e12 / 8), ("MB", 1e6), ("GB", 1e9), ("TB", 1e12)];

    /// <summary>Reads a time.</summary>
    /// <param name="option">The option, for the message.</param>
    /// <param name="text">"5us".</param>
    /// <returns>Seconds.</returns>
    /// <exception cref="UsageException">The text is no time.</exception>
    internal static double Seconds(string option, string text) =>
        Read(text, Times) ?? throw new UsageException($"{option} has '{text}'; it must be a time above 0 with its unit, ns, us, ms or s: 5us.");

    /// <summary>Reads a rate.</summary>
    /// <param name="option">The option, for the message.</param>
    /// <param name="text">"10Gb".</param>
    /// <returns>Bytes a second.</returns>
    /// <exception cref="UsageException">The text is no rate.</exception>
    internal static double BytesPerSecond(string option, string text) =>
        Read(text, Rates) ?? throw new UsageException($"{option} is '{text}'; it must be a number above 0 with Mb, Gb, Tb (bits a second) or MB, GB, TB (bytes a second): 10Gb.");

    /// <summary>Writes a time.</summary>
    /// <param name="seconds">The time.</param>
    /// <returns>"5.0 µs".</returns>
    internal static string Time(double seconds) => seconds < 1e-3 ? string.Create(CultureInfo.InvariantCulture, $"{1e6 * seconds:0.0} µs") : string.Create(CultureInfo.InvariantCulture, $"{1e3 * seconds:0.0} ms");

    private static double? Read(string text, (string Unit, double Factor)[] units)
    {
        (string unit, double factor) = units.FirstOrDefault(pair => text.EndsWith(pair.Unit, StringComparison.Ordinal));
        return unit is not null && double.TryParse(text[..^unit.Length].Trim(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number) && number > 0 ? number * factor : null;
    }
}
