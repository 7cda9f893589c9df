using System.Globalization;

namespace Dlrm.Weights.Words;

/// <summary>One line of a table of words.</summary>
internal static class WordVector
{
    /// <summary>Counts the fields between spaces or tabs.</summary>
    /// <param name="line">The line.</param>
    /// <returns>The fields.</returns>
    internal static int CountFields(ReadOnlySpan<byte> line)
    {
        int count = 0;
        for (ReadOnlySpan<byte> rest = line.TrimEnd("\r \t"u8); !rest.IsEmpty; count++)
        {
            rest = rest[..Math.Max(0, rest.LastIndexOfAny((byte)' ', (byte)'\t'))].TrimEnd(" \t"u8);
        }

        return count;
    }

    /// <summary>Reads the numbers at the end of a line.</summary>
    /// <param name="line">The line: a word, then the numbers.</param>
    /// <param name="vector">Receives them.</param>
    /// <returns>Whether there are as many, and a word before them.</returns>
    internal static bool TryParse(ReadOnlySpan<byte> line, Span<float> vector)
    {
        ReadOnlySpan<byte> rest = line.TrimEnd("\r \t"u8);
        for (int k = vector.Length - 1; k >= 0; k--)
        {
            int start = rest.LastIndexOfAny((byte)' ', (byte)'\t') + 1;
            if (start == 0 || !float.TryParse(rest[start..], NumberStyles.Float, CultureInfo.InvariantCulture, out vector[k]))
            {
                return false;
            }

            rest = rest[..(start - 1)].TrimEnd(" \t"u8);
        }

        return !rest.IsEmpty;
    }
}
