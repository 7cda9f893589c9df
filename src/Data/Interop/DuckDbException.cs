namespace Dlrm.Data.Interop;

/// <summary>DuckDB refused or failed; callers turn it into a <see cref="DataFormatException"/> that names the file.</summary>
internal sealed class DuckDbException : Exception
{
    /// <summary>Initializes a new instance of the <see cref="DuckDbException"/> class.</summary>
    /// <param name="message">What DuckDB said.</param>
    internal DuckDbException(string message)
        : base(message)
    {
    }

    /// <summary>Gets a value indicating whether the machine's memory or disk was at fault and not the data.</summary>
    internal bool IsResource => Message.StartsWith("Out of Memory Error", StringComparison.Ordinal)
        || Message.Contains("No space left", StringComparison.Ordinal)
        || Message.Contains("Read-only file system", StringComparison.Ordinal)
        || Message.Contains("Permission denied", StringComparison.Ordinal);

    /// <summary>Makes the exception for a caller that knows which file is read.</summary>
    /// <param name="path">The file.</param>
    /// <returns>A <see cref="DataFormatException"/>, or an <see cref="IOException"/> when memory or disk is at fault.</returns>
    internal Exception At(string path) => IsResource
        ? new IOException($"{path}: {FirstLines(Message)}", this)
        : new DataFormatException($"{path}: {FirstLines(Message)}", this);

    // DuckDB adds long lists of possible solutions after the first lines; they speak of SQL options that our users can't set.
    private static string FirstLines(string message)
    {
        int end = message.IndexOf("\n\n", StringComparison.Ordinal);
        int solutions = message.IndexOf("\nPossible", StringComparison.Ordinal);
        end = end < 0 ? message.Length : end;
        end = solutions >= 0 && solutions < end ? solutions : end;
        return message[..end].Replace("\n", "; ", StringComparison.Ordinal).Trim();
    }
}
