using System.CommandLine;
using System.Text.Json;
using Dlrm.CommandLine.Configuration;
using Dlrm.CommandLine.Hosting;
using Dlrm.CommandLine.Runs;
using Dlrm.Data.Synthetic;
using Spectre.Console;

namespace Dlrm.CommandLine.Commands;

/// <summary>Generates a dataset whose best possible AUC is known.</summary>
internal sealed class GenerateCommand : CliCommand
{
    private readonly Option<string> _output = new("--output", "-o") { Description = "The dataset's folder to make.", HelpName = "folder", Required = true };
    private readonly Option<string> _preset = new("--preset") { Description = $"Cardinalities and rows: {string.Join(", ", GeneratorOptions.Presets)}.", HelpName = "name", DefaultValueFactory = _ => "quickstart" };
    private readonly Option<double> _scale = new("--scale") { Description = "Multiplies the rows, and the cardinalities of kaggle and terabyte.", HelpName = "factor", DefaultValueFactory = _ => 1 };
    private readonly Option<long?> _rows = new("--rows") { Description = "The number of rows over all splits.", HelpName = "n" };
    private readonly Option<ulong> _seed = new("--seed") { Description = "The seed of teacher and data; the same seed gives the same bytes.", HelpName = "n", DefaultValueFactory = _ => 1 };
    private readonly Option<string[]> _set = new("--set") { Description = "Any option of the generator: --set targetAuc=0.85.", HelpName = "key=value" };
    private readonly Option<int> _threads = new("--threads") { Description = "Threads; 0: one for each processor.", HelpName = "n" };
    private readonly Option<bool> _overwrite = new("--overwrite") { Description = "Replace a dataset that is there." };
    private readonly Option<bool> _json = SharedOptions.Json();

    /// <summary>Initializes a new instance of the <see cref="GenerateCommand"/> class.</summary>
    internal GenerateCommand()
        : base("generate", "Generate clicks labelled by a teacher with TT-matrix tables: the true ranks and the best possible AUC are known.")
    {
        Examples =
        [
            ("./dlrm generate --output data/small --rows 20000", "a small dataset in seconds"),
            ("./dlrm generate --output data/kaggle --preset kaggle --scale 0.01", "the shape of Criteo Kaggle, a hundredth of its size"),
            ("./dlrm generate --output data/easy --set targetAuc=0.9", "with less noise in the labels"),
        ];
        foreach (Option option in (Option[])[_output, _preset, _scale, _rows, _seed, _set, _threads, _overwrite, _json])
        {
            Options.Add(option);
        }
    }

    /// <inheritdoc/>
    protected override int Run(ParseResult result, CommandContext context, CancellationToken stop)
    {
        OptionsBinder<GeneratorOptions> binder = new(GeneratorOptions.Preset(result.GetValue(_preset)!, result.GetValue(_scale)) with { Seed = result.GetValue(_seed) });
        foreach (string setting in result.GetValue(_set) ?? [])
        {
            binder.AddSetting(setting);
        }

        GeneratorOptions options = binder.Bind();
        options = result.GetValue(_rows) is long rows ? options with { Rows = rows } : options;
        options.Validate();
        string folder = result.GetValue(_output)!;
        TeacherDescription teacher = DatasetMaker.Generate(context, options, folder, result.GetValue(_overwrite), Machine.Threads(result.GetValue(_threads)), stop);
        if (result.GetValue(_json))
        {
            context.Terminal.Output.WriteLine(JsonSerializer.Serialize(Summary(folder, teacher), OptionsJson.Line));
            return ExitCode.Done;
        }

        Table table = SharedOptions.NewTable("split", "rows", "clicks", "best possible AUC", "best possible log loss");
        foreach ((string name, BayesFigures figures) in (ReadOnlySpan<(string, BayesFigures)>)[("train", teacher.Train), ("valid", teacher.Valid), ("test", teacher.Test)])
        {
            table.AddRow(name, Format.Count(figures.Samples), Format.Share(figures.BaseRate), Format.Metric(figures.ExpectedAuc), Format.Metric(figures.ExpectedLogLoss));
        }

        context.Terminal.Results.Write(table);
        context.Terminal.Output.WriteLine($"{folder}: {teacher.Tables.Count} tables; true TT ranks {string.Join(" ", teacher.Tables.Where(t => t.IsTtm).Select(t => t.Name + Format.Ranks([.. t.Ranks.Skip(1).SkipLast(1)])))}.");
        return ExitCode.Done;
    }

    private static object Summary(string folder, TeacherDescription teacher) => new
    {
        Folder = folder,
        teacher.Seed,
        teacher.Train,
        teacher.Valid,
        teacher.Test,
        Tables = teacher.Tables.Select(table => new { table.Name, table.Rows, Ranks = table.IsTtm ? table.Ranks.Skip(1).SkipLast(1).ToArray() : null, table.Bytes }),
    };
}
