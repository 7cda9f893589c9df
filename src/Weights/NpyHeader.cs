using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Dlrm.Weights;

/// <summary>The Python literal in the header of a NumPy array file: a dictionary of exactly descr, fortran_order and shape.</summary>
/// <param name="Type">"&lt;f4".</param>
/// <param name="IsFortran">Whether the first axis is the fastest.</param>
/// <param name="Shape">The sizes.</param>
internal sealed record NpyHeader(string Type, bool IsFortran, long[] Shape)
{
    /// <summary>Reads the literal; nothing is evaluated.</summary>
    /// <param name="text">The header.</param>
    /// <param name="header">What it says.</param>
    /// <returns>Whether it is of that form.</returns>
    internal static bool TryParse(string text, [NotNullWhen(true)] out NpyHeader? header)
    {
        header = null;
        ReadOnlySpan<char> rest = text.AsSpan().Trim();
        string? type = null;
        bool? isFortran = null;
        long[]? shape = null;
        if (!Take(ref rest, '{'))
        {
            return false;
        }

        while (!Take(ref rest, '}'))
        {
            if (!TryText(ref rest, out string? key) || !Take(ref rest, ':'))
            {
                return false;
            }

            bool isRead = key switch
            {
                "descr" when type is null => TryText(ref rest, out type),
                "fortran_order" when isFortran is null => TryBoolean(ref rest, out isFortran),
                "shape" when shape is null => TryTuple(ref rest, out shape),
                _ => false,
            };
            if (!isRead || (!Take(ref rest, ',') && !rest.StartsWith('}')))
            {
                return false;
            }
        }

        if (!rest.IsEmpty || type is null or { Length: < 2 } || isFortran is null || shape is null)
        {
            return false;
        }

        header = new NpyHeader(type, isFortran.Value, shape);
        return true;
    }

    private static bool Take(ref ReadOnlySpan<char> rest, char expected)
    {
        if (!rest.StartsWith(expected))
        {
            return false;
        }

        rest = rest[1..].TrimStart();
        return true;
    }

    private static bool TryText(ref ReadOnlySpan<char> rest, [NotNullWhen(true)] out string? text)
    {
        text = null;
        if (rest.IsEmpty || rest[0] is not ('\'' or '"'))
        {
            return false;
        }

        int end = rest[1..].IndexOf(rest[0]);
        if (end < 0 || rest[1..(end + 1)].Contains('\\'))
        {
            return false;
        }

        text = rest[1..(end + 1)].ToString();
        rest = rest[(end + 2)..].TrimStart();
        return true;
    }

    private static bool TryBoolean(ref ReadOnlySpan<char> rest, out bool? value)
    {
        value = rest.StartsWith("True") ? true : rest.StartsWith("False") ? false : null;
        if (value is null)
        {
            return false;
        }

        rest = rest[(value.Value ? 4 : 5)..].TrimStart();
        return true;
    }

    private static bool TryTuple(ref ReadOnlySpan<char> rest, [NotNullWhen(true)] out long[]? values)
    {
        values = null;
        List<long> sizes = [];
        if (!Take(ref rest, '('))
        {
            return false;
        }

        while (!Take(ref rest, ')'))
        {
            int digits = rest.IndexOfAnyExceptInRange('0', '9');
            if (digits <= 0 || sizes.Count > 64 || !long.TryParse(rest[..digits], NumberStyles.None, CultureInfo.InvariantCulture, out long size))
            {
                return false;
            }

            sizes.Add(size);
            rest = rest[digits..];
            if (rest.StartsWith('L'))
            {
                // Python 2 wrote long integers so.
                rest = rest[1..];
            }

            rest = rest.TrimStart();
            if (!Take(ref rest, ',') && !rest.StartsWith(')'))
            {
                return false;
            }
        }

        values = [.. sizes];
        return true;
    }
}
