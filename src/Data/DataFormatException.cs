namespace Dlrm.Data;

/// <summary>Data can't be read as what it should be; the message has path, row, column and value, and the way out.</summary>
public sealed class DataFormatException : Exception
{
    /// <summary>Initializes a new instance of the <see cref="DataFormatException"/> class.</summary>
    /// <param name="message">What, where, and the way out.</param>
    /// <param name="innerException">What the reader said.</param>
    public DataFormatException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
