namespace Dlrm.CommandLine.Hosting;

/// <summary>The command line asks for something that can't be; the message says what, and the way out.</summary>
/// <param name="message">One sentence.</param>
internal sealed class UsageException(string message) : Exception(message);
