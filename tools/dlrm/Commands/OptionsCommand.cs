using System.CommandLine;
using Dlrm.CommandLine.Configuration;
using Dlrm.CommandLine.Hosting;

namespace Dlrm.CommandLine.Commands;

/// <summary>Prints the effective options, as a file that <c>--config</c> reads.</summary>
internal sealed class OptionsCommand : CliCommand
{
    private readonly RunOptionFlags _flags = new();

    /// <summary>Initializes a new instance of the <see cref="OptionsCommand"/> class.</summary>
    internal OptionsCommand()
        : base("options", "Print every option with its effective value, as a file for --config.")
    {
        Examples =
        [
            ("./dlrm options > dlrm.json", "a configuration file with every default, to change"),
            ("./dlrm options --preset kaggle --set training.epochs=2", "what a preset and a flag come to"),
        ];
        _flags.AddTo(this);
    }

    /// <inheritdoc/>
    protected override int Run(ParseResult result, CommandContext context, CancellationToken stop)
    {
        context.Terminal.Output.Write(_flags.Bind(result, folder: null).ToJson());
        return ExitCode.Done;
    }
}
