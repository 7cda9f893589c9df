namespace Dlrm.Distributed;

/// <summary>An operation between workers failed, or the library for it can't be used.</summary>
public sealed class CommunicationException : Exception
{
    /// <summary>Initializes a new instance of the <see cref="CommunicationException"/> class.</summary>
    /// <param name="message">What failed, on which worker, and the way out.</param>
    public CommunicationException(string message)
        : base(message)
    {
    }

    /// <summary>Initializes a new instance of the <see cref="CommunicationException"/> class.</summary>
    /// <param name="message">What failed, on which worker, and the way out.</param>
    /// <param name="inner">The cause.</param>
    public CommunicationException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
