using System.Globalization;
using System.Text;

namespace Dlrm.Weights;

/// <summary>A file of weights can't be read as what it should be; the message has path, place or tensor, and the way out.</summary>
public sealed class WeightFormatException : Exception
{
    private const int MostPrinted = 120;

    /// <summary>Initializes a new instance of the <see cref="WeightFormatException"/> class.</summary>
    /// <param name="path">The file.</param>
    /// <param name="what">What is wrong, and where in the file: a sentence.</param>
    /// <param name="wayOut">What to do: a sentence.</param>
    /// <param name="innerException">What the reader said.</param>
    public WeightFormatException(string path, string what, string wayOut = "Take another copy of the file, or write it again.", Exception? innerException = null)
        : base($"{path}: {what} {wayOut}", innerException)
    {
        Path = path;
    }

    /// <summary>Gets the file.</summary>
    public string Path { get; }

    /// <summary>Makes a text of a file fit to be shown: control characters are escaped, and a long text is cut.</summary>
    /// <param name="text">The text.</param>
    /// <returns>At most 120 characters of it, without line breaks, terminal sequences or marks that turn the direction of writing.</returns>
    public static string Printable(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        StringBuilder printable = new();
        foreach (char letter in text)
        {
            if (printable.Length >= MostPrinted)
            {
                return printable.Append('…').ToString();
            }

            bool isSafe = char.GetUnicodeCategory(letter) is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator
                or UnicodeCategory.ParagraphSeparator or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned);
            _ = isSafe ? printable.Append(letter) : printable.Append(CultureInfo.InvariantCulture, $"\\u{(int)letter:x4}");
        }

        return printable.ToString();
    }
}
