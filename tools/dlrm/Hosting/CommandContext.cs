using Microsoft.Extensions.Logging;

namespace Dlrm.CommandLine.Hosting;

/// <summary>What a command gets from its host.</summary>
/// <param name="Terminal">Where it writes.</param>
/// <param name="Loggers">For the libraries.</param>
/// <param name="Time">The clock.</param>
/// <param name="Job">The workers that this process is one of.</param>
internal sealed record CommandContext(Terminal Terminal, ILoggerFactory Loggers, TimeProvider Time, WorkerJob Job);
