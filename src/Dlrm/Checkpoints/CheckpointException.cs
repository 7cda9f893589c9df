namespace Dlrm.Checkpoints;

/// <summary>A checkpoint or a model file can't be read, or can't be written; the message has the path, the tensor when it is known, what is wrong, and the way out.</summary>
public sealed class CheckpointException : Exception
{
    private const int LongestName = 120;

    /// <summary>Initializes a new instance of the <see cref="CheckpointException"/> class.</summary>
    /// <param name="path">The file or folder.</param>
    /// <param name="tensor">The tensor, or null when it is not one tensor's fault or can't be known.</param>
    /// <param name="what">What is wrong, a sentence.</param>
    /// <param name="wayOut">What to do, a sentence.</param>
    /// <param name="innerException">What the system said.</param>
    public CheckpointException(string path, string? tensor, string what, string wayOut, Exception? innerException = null)
        : base((tensor is null ? path : path + ", tensor '" + Printable(tensor) + "'") + ": " + what + " " + wayOut, innerException)
    {
        Path = path;
        Tensor = tensor;
    }

    /// <summary>Gets the file or folder.</summary>
    public string Path { get; }

    /// <summary>Gets the tensor, or null when it is not one tensor's fault or can't be known.</summary>
    public string? Tensor { get; }

    /// <summary>Makes a text from an untrusted file safe to print: no control characters, at most 120 characters.</summary>
    /// <param name="text">The text.</param>
    /// <returns>The text to print.</returns>
    internal static string Printable(string text)
    {
        string shown = text.Length > LongestName ? text[..LongestName] + "…" : text;
        return string.Concat(shown.Select(letter => char.IsControl(letter) || char.IsSurrogate(letter) ? '?' : letter));
    }
}
