using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Dlrm.CommandLine.Commands;

/// <summary>The usual help, then examples.</summary>
/// <param name="usual">Writes the usual help.</param>
internal sealed class ExamplesHelpAction(HelpAction usual) : SynchronousCommandLineAction
{
    private static readonly (string Line, string Meaning)[] FirstSteps =
    [
        ("./dlrm quickstart", "the whole thing in a minute, on generated data"),
        ("./dlrm convert day_*.gz --output data/criteo", "Criteo text to a dataset"),
        ("./dlrm train data/criteo --output runs/first", "train, with compressed tables"),
        ("./dlrm evaluate runs/first/model --data data/criteo", "measure it on the test split"),
        ("./dlrm train --help", "what else a command can do"),
    ];

    /// <inheritdoc/>
    public override bool ClearsParseErrors => true;

    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        int code = usual.Invoke(parseResult);
        TextWriter output = parseResult.InvocationConfiguration.Output;
        IReadOnlyList<(string Line, string Meaning)> examples = parseResult.CommandResult.Command is CliCommand command ? command.Examples : FirstSteps;
        if (examples.Count > 0)
        {
            output.WriteLine("Examples:");
            foreach ((string line, string meaning) in examples)
            {
                output.WriteLine($"  # {meaning}");
                output.WriteLine($"  {line}");
            }

            output.WriteLine();
        }

        return code;
    }
}
