using System.Globalization;
using Dlrm.CommandLine.Hosting;

namespace Dlrm.CommandLine.Configuration;

/// <summary>Reads an amount of memory from the command line.</summary>
/// <remarks><code>"8G", "8GiB" = 8·2³⁰ bytes      "512M" = 512·2²⁰ bytes      "8GB" = 8·10⁹ bytes      "4096" = megabytes, as dlrm convert takes them</code></remarks>
internal static class MemorySize
{
    private static readonly (string Unit, double Bytes)[] Units =
    [
        ("tib", 1L << 40), ("gib", 1 << 30), ("mib", 1 << 20), ("tb", 1e12), ("gb", 1e9), ("mb", 1e6), ("t", 1L << 40), ("g", 1 << 30), ("m", 1 << 20), (string.Empty, 1 << 20),
    ];

    /// <summary>Reads it.</summary>
    /// <param name="option">The option, for the message.</param>
    /// <param name="text">"8G".</param>
    /// <returns>Bytes.</returns>
    /// <exception cref="UsageException">The text is no amount of memory.</exception>
    internal static long Parse(string option, string text)
    {
        string lower = text.Trim().ToLowerInvariant();
        (string unit, double bytes) = Units.First(pair => lower.EndsWith(pair.Unit, StringComparison.Ordinal));
        bool isNumber = double.TryParse(lower[..^unit.Length].TrimEnd(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number);
        return isNumber && number > 0 && number * bytes < long.MaxValue
            ? (long)(number * bytes)
            : throw new UsageException($"{option} is '{text}'; it must be an amount of memory such as 8G, 512M or 7.5GB; a number alone is megabytes.");
    }
}
