using System.CommandLine;
using System.Globalization;
using Dlrm.Checkpoints;
using Dlrm.CommandLine.Configuration;
using Dlrm.CommandLine.Hosting;
using Dlrm.CommandLine.Runs;
using Dlrm.Data;
using Dlrm.Numerics;
using Dlrm.Numerics.Cpu;

namespace Dlrm.CommandLine.Commands;

/// <summary>Predicts click probabilities of rows.</summary>
internal sealed class PredictCommand : CliCommand
{
    private const ulong DrawSeed = 1;

    private readonly Argument<string> _model = new("model") { Description = "A run folder, or its model folder." };
    private readonly Argument<string[]> _inputs = new("inputs") { Description = "Raw files (Parquet, TSV, CSV, gzipped or not; a label may be missing), or a dataset's folder.", Arity = ArgumentArity.OneOrMore };
    private readonly Option<string> _output = new("--output", "-o") { Description = "The file to write, .tsv or .csv; else standard output, as TSV.", HelpName = "file" };
    private readonly Option<DatasetSplit> _split = new("--split") { Description = "The split, when the input is a dataset.", DefaultValueFactory = _ => DatasetSplit.Test };
    private readonly Option<bool> _std = new("--std") { Description = "Also the standard deviation over posterior draws; the probability is then their mean." };
    private readonly Option<int> _draws = new("--draws") { Description = "The posterior draws of --std.", HelpName = "n", DefaultValueFactory = _ => 16 };
    private readonly Option<string[]> _set = new("--set") { Description = "How raw files are read: --set hasHeader=true.", HelpName = "key=value" };
    private readonly Option<int> _threads = new("--threads") { Description = "Threads; 0: one for each processor.", HelpName = "n" };

    /// <summary>Initializes a new instance of the <see cref="PredictCommand"/> class.</summary>
    internal PredictCommand()
        : base("predict", "Predict click probabilities, one line a row in the order of the input.")
    {
        Examples =
        [
            ("./dlrm predict runs/first new-rows.tsv > probabilities.tsv", "rows as Criteo has them"),
            ("./dlrm predict runs/first new-rows.parquet --std --output probabilities.csv", "with how sure the model is"),
            ("./dlrm predict runs/first data/criteo --split valid", "a split of a dataset"),
        ];
        Arguments.Add(_model);
        Arguments.Add(_inputs);
        foreach (Option option in (Option[])[_output, _split, _std, _draws, _set, _threads])
        {
            Options.Add(option);
        }
    }

    /// <inheritdoc/>
    protected override int Run(ParseResult result, CommandContext context, CancellationToken stop)
    {
        bool withDeviation = result.GetValue(_std);
        int draws = result.GetValue(_draws);
        if (draws < 2)
        {
            throw new UsageException($"--draws is {draws}; a standard deviation needs at least 2.");
        }

        string folder = CompactModel.Find(result.GetValue(_model)!);
        using CpuDevice device = new(Machine.Threads(result.GetValue(_threads)));
        using DlrmModel model = CompactModel.Load(folder, device, withDeviation && CompactModel.Describe(folder).Tables.Any(table => table.Ranks is not null));
        using IBatchSource source = OpenInput(result, folder, context);
        string? path = result.GetValue(_output);
        char separator = string.Equals(Path.GetExtension(path), ".csv", StringComparison.OrdinalIgnoreCase) ? ',' : '\t';
        if (path is null)
        {
            Write(context.Terminal.Output, model, source, withDeviation ? draws : 0, separator, stop);
            context.Terminal.Output.Flush();
            return ExitCode.Done;
        }

        string temporary = path + ".tmp";
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        try
        {
            long rows;
            using (StreamWriter writer = new(temporary) { NewLine = "\n" })
            {
                rows = Write(writer, model, source, withDeviation ? draws : 0, separator, stop);
            }

            File.Move(temporary, path, overwrite: true);
            context.Terminal.Note($"{path}: {Format.Count(rows)} rows.");
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }

        return ExitCode.Done;
    }

    private static long Write(TextWriter writer, DlrmModel model, IBatchSource source, int draws, char separator, CancellationToken stop)
    {
        Predictor predictor = new(model, DrawSeed);
        float[] probabilities = [];
        float[] deviations = [];
        long rows = 0;
        writer.WriteLine(draws > 0 ? $"probability{separator}deviation" : "probability");
        while (source.TryRead(out Batch batch))
        {
            stop.ThrowIfCancellationRequested();
            if (probabilities.Length < batch.Size)
            {
                probabilities = new float[batch.Size];
                deviations = new float[batch.Size];
            }

            Span<float> current = probabilities.AsSpan(0, batch.Size);
            Span<float> spread = deviations.AsSpan(0, batch.Size);
            if (draws > 0)
            {
                predictor.Predict(batch, draws, current, spread);
            }
            else
            {
                predictor.Predict(batch, current);
            }

            for (int b = 0; b < batch.Size; b++)
            {
                writer.WriteLine(draws > 0
                    ? string.Create(CultureInfo.InvariantCulture, $"{current[b]}{separator}{spread[b]}")
                    : current[b].ToString(CultureInfo.InvariantCulture));
            }

            rows += batch.Size;
        }

        return rows;
    }

    private IBatchSource OpenInput(ParseResult result, string folder, CommandContext context)
    {
        string[] inputs = result.GetValue(_inputs)!;
        DataOptions reading = new();
        if (inputs.Length == 1 && File.Exists(Path.Combine(inputs[0], DatasetSchema.FileName)))
        {
            DatasetFolder dataset = DatasetFolder.Open(inputs[0]);
            ModelFiles.RequireFit(folder, dataset);
            return DataSources.OpenEvaluation(dataset, result.GetValue(_split), reading, context.Time)
                ?? throw new DataFormatException($"The {result.GetValue(_split)} split of {inputs[0]} has no row; choose another with --split.");
        }

        DatasetSchema schema = DatasetSchema.Read(folder);
        OptionsBinder<RawInputOptions> binder = new(new RawInputOptions { Columns = ColumnMapping.Of(schema) });
        foreach (string setting in result.GetValue(_set) ?? [])
        {
            binder.AddSetting(setting);
        }

        string vocabulary = Path.Combine(folder, DatasetFolder.VocabularyFileName);
        return new RawBatchSource(
            schema, File.Exists(vocabulary) ? vocabulary : null, inputs, new RawBatchSourceOptions { BatchSize = reading.EvaluationBatchSize, Input = binder.Bind() }, context.Time);
    }
}
