using System.CommandLine;
using System.CommandLine.Help;
using Dlrm.CommandLine.Hosting;
using Microsoft.Extensions.Logging;

namespace Dlrm.CommandLine.Commands;

/// <summary>The commands of the program.</summary>
internal sealed class CommandSet
{
    private readonly Option<bool> _verbose = new("--verbose") { Description = "Log more, and show where an error happened.", Recursive = true };
    private readonly Option<bool> _quiet = new("--quiet") { Description = "Log warnings and errors only.", Recursive = true };

    /// <summary>Initializes a new instance of the <see cref="CommandSet"/> class.</summary>
    internal CommandSet()
    {
        HelpOption help = new();
        help.Action = new ExamplesHelpAction((HelpAction)help.Action!);
        help.Recursive = true;
        Root = new Command("dlrm", "Trains click models whose embedding tables find their own size.\nResults go to standard output, progress and logs to standard error.")
        {
            help,
            new VersionOption(),
            _verbose,
            _quiet,
        };
        foreach (CliCommand command in All())
        {
            Root.Subcommands.Add(command);
        }
    }

    /// <summary>Gets the root.</summary>
    internal Command Root { get; }

    /// <summary>Gives every command what the host gives.</summary>
    /// <param name="context">The context.</param>
    internal void Attach(CommandContext context)
    {
        foreach (CliCommand command in Root.Subcommands.OfType<CliCommand>())
        {
            command.Context = context;
        }
    }

    /// <summary>Gets the lowest level that is logged.</summary>
    /// <param name="result">The parsed command line.</param>
    /// <returns>The level.</returns>
    internal LogLevel Verbosity(ParseResult result) =>
        result.GetValue(_verbose) ? LogLevel.Debug : result.GetValue(_quiet) ? LogLevel.Warning : LogLevel.Information;

    private static IEnumerable<CliCommand> All() =>
    [
        new QuickstartCommand(),
        new GenerateCommand(),
        new ConvertCommand(),
        new PlanCommand(),
        new TrainCommand(),
        new CompressCommand(),
        new ExpandCommand(),
        new EvaluateCommand(),
        new PredictCommand(),
        new InspectCommand(),
        new ExperimentCommand(),
        new BenchCommand(),
        new OptionsCommand(),
    ];
}
