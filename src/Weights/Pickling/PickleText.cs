using System.Globalization;
using System.Numerics;
using System.Text;

namespace Dlrm.Weights.Pickling;

/// <summary>Reads the textual operands of protocol 0.</summary>
internal static class PickleText
{
    private const int MostDigits = 1000;

    /// <summary>Reads a whole number, or a truth value written as 00 or 01.</summary>
    /// <param name="line">The text.</param>
    /// <param name="input">For errors.</param>
    /// <returns>long, BigInteger or bool.</returns>
    internal static object Integer(string line, PickleInput input)
    {
        if (line is "00" or "01")
        {
            return line == "01";
        }

        if (line.Length > MostDigits || !BigInteger.TryParse(line, NumberStyles.AllowLeadingSign | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out BigInteger value))
        {
            throw input.Refuse($"'{WeightFormatException.Printable(line)}' is no whole number of at most {MostDigits} digits");
        }

        return Narrow(value);
    }

    /// <summary>Makes a whole number a long where it fits.</summary>
    /// <param name="value">The number.</param>
    /// <returns>long or BigInteger.</returns>
    internal static object Narrow(BigInteger value) => value >= long.MinValue && value <= long.MaxValue ? (object)(long)value : value;

    /// <summary>Reads a place in the memo.</summary>
    /// <param name="line">The text.</param>
    /// <param name="input">For errors.</param>
    /// <returns>The place.</returns>
    internal static uint Index(string line, PickleInput input) =>
        uint.TryParse(line, NumberStyles.None, CultureInfo.InvariantCulture, out uint index) ? index : throw input.Refuse($"'{WeightFormatException.Printable(line)}' is no place in its memo");

    /// <summary>Reads a float64.</summary>
    /// <param name="line">The text.</param>
    /// <param name="input">For errors.</param>
    /// <returns>The number.</returns>
    internal static object Double(string line, PickleInput input) => line switch
    {
        "inf" => double.PositiveInfinity,
        "-inf" => double.NegativeInfinity,
        "nan" => double.NaN,
        _ => double.TryParse(line, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) ? value : throw input.Refuse($"'{WeightFormatException.Printable(line)}' is no number"),
    };

    /// <summary>Reads a text between quotes, as Python's repr writes it.</summary>
    /// <param name="line">The text.</param>
    /// <param name="input">For errors.</param>
    /// <returns>What stands between the quotes; escapes are decoded where they name one character.</returns>
    internal static string Quoted(string line, PickleInput input) =>
        line.Length >= 2 && line[0] is '\'' or '"' && line[^1] == line[0]
            ? Escaped(line[1..^1])
            : throw input.Refuse("a text has no quotes around it");

    /// <summary>Decodes escapes of the forms \n, \x41, \u0041 and \U00000041; any other stays as it is.</summary>
    /// <param name="line">The text, one character a byte.</param>
    /// <returns>The decoded text.</returns>
    internal static string Escaped(string line)
    {
        if (!line.Contains('\\', StringComparison.Ordinal))
        {
            return line;
        }

        StringBuilder text = new(line.Length);
        for (int i = 0; i < line.Length; i++)
        {
            int digits = line[i] != '\\' || i + 1 == line.Length ? 0 : line[i + 1] switch { 'x' => 2, 'u' => 4, 'U' => 8, _ => 0 };
            if (digits > 0 && i + 2 + digits <= line.Length
                && uint.TryParse(line.AsSpan(i + 2, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint code) && (Rune.IsValid(code) || code <= char.MaxValue))
            {
                _ = Rune.IsValid(code) ? text.Append(new Rune(code).ToString()) : text.Append((char)code);
                i += 1 + digits;
            }
            else if (line[i] == '\\' && i + 1 < line.Length && line[i + 1] is 'n' or 't' or 'r' or '\\' or '\'' or '"')
            {
                text.Append(line[++i] switch { 'n' => '\n', 't' => '\t', 'r' => '\r', char other => other });
            }
            else
            {
                text.Append(line[i]);
            }
        }

        return text.ToString();
    }
}
