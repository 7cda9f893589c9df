using System.CommandLine;
using Dlrm.CommandLine.Hosting;

namespace Dlrm.CommandLine.Commands;

/// <summary>One command with examples in its help.</summary>
internal abstract class CliCommand : Command
{
    /// <summary>Initializes a new instance of the <see cref="CliCommand"/> class.</summary>
    /// <param name="name">The verb.</param>
    /// <param name="description">What it does.</param>
    protected CliCommand(string name, string description)
        : base(name, description)
    {
        SetAction((result, cancellation) => Task.Run(() => Work(result, Context ?? throw new InvalidOperationException("The host has not started."), cancellation), CancellationToken.None));
    }

    /// <summary>Gets a value indicating whether the workers that an MPI launcher started share the work; else only one process makes sense.</summary>
    protected virtual bool SharesWork => false;

    /// <summary>Gets command lines that work, with what they do.</summary>
    internal IReadOnlyList<(string Line, string Meaning)> Examples { get; init; } = [];

    /// <summary>Gets or sets what the host gives.</summary>
    internal CommandContext? Context { get; set; }

    /// <summary>Does the work.</summary>
    /// <param name="result">The parsed command line.</param>
    /// <param name="context">What the host gives.</param>
    /// <param name="stop">Set by the first Ctrl-C or SIGTERM.</param>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    protected abstract int Run(ParseResult result, CommandContext context, CancellationToken stop);

    private int Work(ParseResult result, CommandContext context, CancellationToken stop)
    {
        if (context.Job.Workers > 1)
        {
            if (!SharesWork)
            {
                throw new UsageException($"'dlrm {Name}' does not share its work among the {context.Job.Workers} processes that were started: run it without mpiexec.");
            }

            context.Job.Start(stop);
        }

        int code = Run(result, context, stop);
        context.Job.Finish();
        return code;
    }
}
