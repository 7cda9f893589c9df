using System.Globalization;
using System.Text;

namespace Dlrm.Reporting;

/// <summary>Numbers and texts as SVG and HTML want them.</summary>
internal static class SvgText
{
    /// <summary>The colours of charts, for light and dark surroundings; the page uses them too.</summary>
    internal const string Style = """
        .chart{--ink:#1c2430;--soft:#5b6675;--grid:#e3e7ec;--paper:#fff;--c0:#1f6feb;--c1:#d9730d;--c2:#12875a;--c3:#c2255c;--c4:#7048c8;--c5:#0b7a8f;--c6:#8a6d00;--c7:#5c6470}
        @media(prefers-color-scheme:dark){.chart{--ink:#e6eaf0;--soft:#9aa5b4;--grid:#2c3542;--paper:#151b23;--c0:#6ea8fe;--c1:#ffa657;--c2:#4fd1a0;--c3:#f783ac;--c4:#b197fc;--c5:#5cd0e5;--c6:#e3c54a;--c7:#aab2bd}}
        .chart text{font:11px system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif;fill:var(--soft)}
        .chart .strong{fill:var(--ink)}.chart .heading{fill:var(--ink);font-weight:600;font-size:13px}.chart .middle{text-anchor:middle}.chart .end{text-anchor:end}
        .chart .grid{stroke:var(--grid)}.chart .axis{stroke:var(--soft)}.chart .paper{fill:var(--paper)}
        .chart .line{fill:none;stroke:var(--c);stroke-width:1.8;stroke-linejoin:round;stroke-linecap:round}.chart .dashed{stroke-dasharray:5 4}.chart .error{stroke:var(--c);stroke-width:1.2}.chart .lead{stroke:var(--c);stroke-width:.8}
        .chart .dot,.chart .bar{fill:var(--c)}.chart .pale{opacity:.35}
        .chart .k0{--c:var(--c0)}.chart .k1{--c:var(--c1)}.chart .k2{--c:var(--c2)}.chart .k3{--c:var(--c3)}.chart .k4{--c:var(--c4)}.chart .k5{--c:var(--c5)}.chart .k6{--c:var(--c6)}.chart .k7{--c:var(--c7)}
        """;

    private const double LetterWidth = 6.9;
    private static readonly string[] ByteUnits = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];
    private static readonly string[] NumberUnits = ["", "k", "M", "G", "T"];

    /// <summary>Makes a text safe inside elements and attributes; control characters become spaces.</summary>
    /// <param name="text">The text.</param>
    /// <returns>The escaped text.</returns>
    internal static string Escape(string text)
    {
        StringBuilder builder = new(text.Length + 16);
        foreach (Rune rune in text.EnumerateRunes())
        {
            _ = rune.Value switch
            {
                '&' => builder.Append("&amp;"),
                '<' => builder.Append("&lt;"),
                '>' => builder.Append("&gt;"),
                '"' => builder.Append("&quot;"),
                '\n' => builder.Append('\n'),
                < ' ' or 0xFFFE or 0xFFFF => builder.Append(' '),
                _ => builder.Append(rune.ToString()),
            };
        }

        return builder.ToString();
    }

    /// <summary>Shortens a text in its middle.</summary>
    /// <param name="text">The text.</param>
    /// <param name="longest">The letters to keep, at least 3.</param>
    /// <returns>The text, or its two ends around an ellipsis.</returns>
    internal static string Shorten(string text, int longest) =>
        text.Length <= longest ? text : string.Concat(text.AsSpan(0, longest / 2), "…", text.AsSpan(text.Length - ((longest - 1) / 2)));

    /// <summary>Estimates the width of a label.</summary>
    /// <param name="text">The text.</param>
    /// <returns>Pixels.</returns>
    internal static double Width(string text) => text.Length * LetterWidth;

    /// <summary>Writes a coordinate.</summary>
    /// <param name="value">Pixels.</param>
    /// <returns>The number with one decimal at most.</returns>
    internal static string Place(double value) => value.ToString("0.#", CultureInfo.InvariantCulture);

    /// <summary>Writes a value with some decimals; what is undefined is a dash.</summary>
    /// <param name="value">The value.</param>
    /// <param name="decimals">The decimals.</param>
    /// <returns>The text.</returns>
    internal static string Fixed(double value, int decimals) => double.IsFinite(value) ? value.ToString("F" + decimals, CultureInfo.InvariantCulture) : "–";

    /// <summary>Writes a whole number with groups of three digits.</summary>
    /// <param name="value">The value.</param>
    /// <returns>The text.</returns>
    internal static string Whole(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>Writes bytes with three digits and a unit in powers of 1,000.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <returns>The text.</returns>
    internal static string Bytes(double bytes) => Scaled(bytes, ByteUnits, " ");

    /// <summary>Writes the label of a tick.</summary>
    /// <param name="value">The tick.</param>
    /// <param name="format">The axis's format.</param>
    /// <param name="step">The distance of two ticks, which gives the decimals; 0 with logarithms.</param>
    /// <returns>The text.</returns>
    internal static string Tick(double value, AxisFormat format, double step)
    {
        double size = Math.Abs(value);
        if (format == AxisFormat.Bytes)
        {
            return Scaled(value, ByteUnits, " ");
        }

        if (size >= 10_000)
        {
            return Scaled(value, NumberUnits, string.Empty);
        }

        if (value == 0 || format == AxisFormat.Integer)
        {
            return value.ToString("0", CultureInfo.InvariantCulture);
        }

        if (size < 1e-4 || step == 0)
        {
            return value.ToString(size < 1e-3 ? "0.##e0" : "0.####", CultureInfo.InvariantCulture);
        }

        int decimals = Math.Clamp((int)Math.Ceiling(-Math.Log10(step) - 1e-9), 0, 8);
        return value.ToString("F" + decimals, CultureInfo.InvariantCulture);
    }

    private static string Scaled(double value, string[] units, string space)
    {
        int unit = 0;
        double rest = value;
        while (Math.Abs(rest) >= 999.5 && unit < units.Length - 1)
        {
            rest /= 1000;
            unit++;
        }

        if (Math.Abs(rest) >= 1e6)
        {
            return value.ToString("0.##e0", CultureInfo.InvariantCulture) + space + units[0];
        }

        string digits = rest.ToString(Math.Abs(rest) is >= 100 or 0 ? "0" : Math.Abs(rest) >= 10 ? "0.#" : "0.##", CultureInfo.InvariantCulture);
        return digits + (units[unit].Length == 0 ? string.Empty : space + units[unit]);
    }
}
