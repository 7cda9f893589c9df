using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dlrm.CommandLine.Configuration;
using Dlrm.CommandLine.Hosting;
using Dlrm.CommandLine.Runs;
using Dlrm.Data;
using Spectre.Console;

namespace Dlrm.CommandLine.Commands;

/// <summary>Makes a dataset out of raw rows.</summary>
internal sealed class ConvertCommand : CliCommand
{
    private readonly Argument<string[]> _inputs = new("inputs") { Description = "Files, folders or patterns: Parquet, TSV, CSV, gzipped or not.", Arity = ArgumentArity.OneOrMore };
    private readonly Option<string> _output = new("--output", "-o") { Description = "The dataset's folder to make.", HelpName = "folder", Required = true };
    private readonly Option<string[]> _valid = new("--valid") { Description = "Raw files of the validation rows, instead of a split; left out of the inputs.", HelpName = "files", AllowMultipleArgumentsPerToken = true };
    private readonly Option<string[]> _test = new("--test") { Description = "Raw files of the test rows, instead of a split; left out of the inputs.", HelpName = "files", AllowMultipleArgumentsPerToken = true };
    private readonly Option<string> _split = new("--split") { Description = "order: the last rows test; hash: by a hash of the row's number.", HelpName = "order|hash" };
    private readonly Option<double?> _validFraction = new("--valid-fraction") { Description = "The share of validation rows (0.1).", HelpName = "share" };
    private readonly Option<double?> _testFraction = new("--test-fraction") { Description = "The share of test rows (0.1).", HelpName = "share" };
    private readonly Option<long?> _minFrequency = new("--min-frequency") { Description = "The training rows that a value needs for an id of its own (2); rarer ones share id 0.", HelpName = "n" };
    private readonly Option<long?> _rows = new("--rows") { Description = "Hash values to this many rows for every table, instead of a vocabulary.", HelpName = "n" };
    private readonly Option<string> _like = new("--like") { Description = "Use the features and vocabulary of this dataset, model or run.", HelpName = "folder" };
    private readonly Option<int?> _memory = new("--memory") { Description = "Memory in megabytes (4096; at least 256); more is spilled to disk.", HelpName = "MB" };
    private readonly Option<string[]> _set = new("--set") { Description = "Any option of the converter: --set input.columns.label=clicked.", HelpName = "key=value" };
    private readonly Option<bool> _overwrite = new("--overwrite") { Description = "Replace a dataset that is there." };
    private readonly Option<bool> _json = SharedOptions.Json();

    /// <summary>Initializes a new instance of the <see cref="ConvertCommand"/> class.</summary>
    internal ConvertCommand()
        : base("convert", "Make a dataset out of Criteo rows: vocabulary or hash, splits, Parquet files, schema.json with a fingerprint. Works beyond memory.")
    {
        Examples =
        [
            ("./dlrm convert train.txt --output data/criteo", "Criteo Kaggle's text: 80/10/10 in order of time"),
            ("./dlrm convert 'day_*.gz' --test day_23.gz --rows 1000000 --output data/terabyte", "hashed ids, the last day for testing"),
            ("./dlrm convert monday.parquet --like data/criteo --output data/monday", "new rows with the vocabulary of a dataset"),
            ("./dlrm convert r.csv -o data/r --set input.columns.dense=[] --set 'input.columns.sparse=[\"user\",\"item\"]'", "other columns"),
        ];
        Arguments.Add(_inputs);
        foreach (Option option in (Option[])[_output, _valid, _test, _split, _validFraction, _testFraction, _minFrequency, _rows, _like, _memory, _set, _overwrite, _json])
        {
            Options.Add(option);
        }
    }

    /// <inheritdoc/>
    protected override int Run(ParseResult result, CommandContext context, CancellationToken stop)
    {
        ConvertOptions options = Bind(result);
        ConvertReport report = DatasetMaker.Convert(context, options, stop);
        if (result.GetValue(_json))
        {
            context.Terminal.Output.WriteLine(JsonSerializer.Serialize(new { Folder = options.Output, report.Schema, report.DenseMissing, report.DenseNegative, report.SparseMissing, report.SparseRare }, OptionsJson.Line));
            return ExitCode.Done;
        }

        Table table = SharedOptions.NewTable("feature", "rows of its table", "missing", "rare", "negative");
        foreach ((int position, string feature) in report.Schema.Dense.Index())
        {
            table.AddRow(Markup.Escape(feature), "–", Format.Count(report.DenseMissing[position]), "–", Format.Count(report.DenseNegative[position]));
        }

        foreach ((int position, SparseFeature feature) in report.Schema.Sparse.Index())
        {
            table.AddRow(Markup.Escape(feature.Name), Format.Count(feature.Rows), Format.Count(report.SparseMissing[position]), Format.Count(report.SparseRare[position]), "–");
        }

        context.Terminal.Results.Write(table);
        context.Terminal.Output.WriteLine(
            $"{options.Output}: {Format.Count(report.Schema.Rows(DatasetSplit.Train))} training, {Format.Count(report.Schema.Rows(DatasetSplit.Valid))} validation, "
            + $"{Format.Count(report.Schema.Rows(DatasetSplit.Test))} test rows; {Format.Count(report.Schema.Sparse.Sum(feature => feature.Rows))} rows over {report.Schema.Sparse.Count} tables; fingerprint {report.Schema.Fingerprint[..12]}");
        return ExitCode.Done;
    }

    private ConvertOptions Bind(ParseResult result)
    {
        string[] valid = result.GetValue(_valid) ?? [];
        string[] test = result.GetValue(_test) ?? [];
        string? like = result.GetValue(_like) is string named ? ModelFiles.FindSchema(named) : null;
        if (valid.Length + test.Length > 0 && (result.GetValue(_split) is not null || result.GetValue(_validFraction) is not null || result.GetValue(_testFraction) is not null))
        {
            throw new UsageException("--valid and --test name the files of the splits; leave out --split, --valid-fraction and --test-fraction.");
        }

        if (like is not null && (result.GetValue(_rows) is not null || result.GetValue(_minFrequency) is not null))
        {
            throw new UsageException("--like takes the ids from another dataset; leave out --rows and --min-frequency.");
        }

        ConvertOptions start = new()
        {
            Inputs = result.GetValue(_inputs)!,
            Output = result.GetValue(_output)!,
            ValidInputs = valid,
            TestInputs = test,
            Overwrite = result.GetValue(_overwrite),
            Like = like,
            Input = like is null ? new RawInputOptions() : new RawInputOptions { Columns = ColumnMapping.Of(DatasetSchema.Read(like)) },
            Split = valid.Length + test.Length > 0 ? SplitKind.Given : result.GetValue(_split) switch
            {
                null or "order" => SplitKind.Order,
                "hash" => SplitKind.RowHash,
                string other => throw new UsageException($"--split is '{other}'; it must be order or hash."),
            },
        };
        if (result.GetValue(_rows) is long rows)
        {
            start = start with { Encoding = IdEncodingKind.Hash, HashRows = rows };
        }

        OptionsBinder<ConvertOptions> binder = new(start);
        (string Key, JsonNode? Value)[] flags =
        [
            ("validFraction", result.GetValue(_validFraction)),
            ("testFraction", result.GetValue(_testFraction)),
            ("minFrequency", result.GetValue(_minFrequency)),
            ("memoryLimitBytes", result.GetValue(_memory) is int megabytes ? (long)megabytes << 20 : null),
        ];
        foreach ((string key, JsonNode? value) in flags.Where(flag => flag.Value is not null))
        {
            binder.AddSetting(key, value, key);
        }

        foreach (string setting in result.GetValue(_set) ?? [])
        {
            binder.AddSetting(setting);
        }

        return binder.Bind();
    }
}
