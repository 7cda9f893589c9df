using System.Text.RegularExpressions;

namespace Dlrm.Data.Interop;

/// <summary>DuckDB refused or failed; callers turn it into a <see cref="DataFormatException"/> that names the file.</summary>
internal sealed partial class DuckDbException : Exception
{
    /// <summary>Initializes a new instance of the <see cref="DuckDbException"/> class.</summary>
    /// <param name="message">What DuckDB said.</param>
    internal DuckDbException(string message)
        : base(Plain(message))
    {
    }

    /// <summary>Gets a value indicating whether the machine's memory or disk was at fault and not the data.</summary>
    internal bool IsResource => IsMemory
        || Message.Contains("No space left", StringComparison.Ordinal)
        || Message.Contains("Read-only file system", StringComparison.Ordinal)
        || Message.Contains("Permission denied", StringComparison.Ordinal);

    private bool IsMemory => Message.StartsWith("Out of Memory Error", StringComparison.Ordinal);

    /// <summary>Makes the exception for a caller that knows which file is read.</summary>
    /// <param name="path">The file.</param>
    /// <returns>A <see cref="DataFormatException"/>, or an <see cref="IOException"/> when memory or disk is at fault.</returns>
    internal Exception At(string path)
    {
        if (IsResource)
        {
            return new IOException(IsMemory ? $"{path}: {FirstLines(Message)}: allow more memory." : FirstLines(Message), this);
        }

        Match row = WrongFields().Match(Message);
        return new DataFormatException(
            row.Success
                ? $"{path}: line {row.Groups[1].Value} has {row.Groups[3].Value} fields, but {row.Groups[2].Value} are expected: mend or remove the line; if it is the last one, the file may be cut short."
                : $"{path}: {FirstLines(Message)}: the file is damaged or not what its name says; get or write it again.",
            this);
    }

    /// <summary>Drops what speaks of calls that our users have not made: that a query was pending when it failed.</summary>
    private static string Plain(string message)
    {
        const string Pending = "unsuccessful or closed pending query result\nError: ";
        int end = message.IndexOf(Pending, StringComparison.Ordinal);
        return end < 0 ? message : message[(end + Pending.Length)..];
    }

    [GeneratedRegex(@"CSV Error on Line: (\d+)[\s\S]*Expected Number of Columns: (\d+) Found: (\d+)")]
    private static partial Regex WrongFields();

    [GeneratedRegex("^((Invalid Input|IO|Invalid|Conversion|Serialization) Error: )+")]
    private static partial Regex Kind();

    // DuckDB adds long lists of possible solutions after the first lines; they speak of SQL options that our users can't set.
    private static string FirstLines(string message)
    {
        int end = message.IndexOf("\n\n", StringComparison.Ordinal);
        int solutions = message.IndexOf("\nPossible", StringComparison.Ordinal);
        end = end < 0 ? message.Length : end;
        end = solutions >= 0 && solutions < end ? solutions : end;
        return Kind().Replace(message[..end].Replace("\n", "; ", StringComparison.Ordinal).Trim(), string.Empty).TrimEnd('.', ' ');
    }
}
