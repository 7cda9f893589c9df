using System.CommandLine;
using System.Text.Json;
using Dlrm.Checkpoints;
using Dlrm.CommandLine.Configuration;
using Dlrm.CommandLine.Hosting;
using Dlrm.CommandLine.Runs;
using Dlrm.Data;
using Dlrm.Numerics.Cpu;
using Dlrm.Training;

namespace Dlrm.CommandLine.Commands;

/// <summary>Measures a model on a split of a dataset.</summary>
internal sealed class EvaluateCommand : CliCommand
{
    private readonly Argument<string> _model = new("model") { Description = "A run folder, or its model folder." };
    private readonly Option<string> _data = new("--data") { Description = "The dataset; else that of the run.", HelpName = "folder" };
    private readonly Option<DatasetSplit> _split = new("--split") { Description = "train, valid or test.", DefaultValueFactory = _ => DatasetSplit.Test };
    private readonly Option<int> _threads = new("--threads") { Description = "Threads; 0: one for each processor.", HelpName = "n" };
    private readonly Option<bool> _json = SharedOptions.Json();

    /// <summary>Initializes a new instance of the <see cref="EvaluateCommand"/> class.</summary>
    internal EvaluateCommand()
        : base("evaluate", "Measure a model: AUC, log loss in nats, normalised entropy, calibration.")
    {
        Examples =
        [
            ("./dlrm evaluate runs/first", "on the test split of the run's dataset"),
            ("./dlrm evaluate runs/first --data data/next-day --split train --json", "on another dataset with the same vocabulary"),
            ("mpiexec -n 2 ./dlrm evaluate runs/first", "each of two workers measures half of the rows"),
        ];
        Arguments.Add(_model);
        foreach (Option option in (Option[])[_data, _split, _threads, _json])
        {
            Options.Add(option);
        }
    }

    /// <inheritdoc/>
    protected override bool SharesWork => true;

    /// <inheritdoc/>
    protected override int Run(ParseResult result, CommandContext context, CancellationToken stop)
    {
        string path = result.GetValue(_model)!;
        string folder = CompactModel.Find(path);
        DatasetFolder dataset = ModelFiles.OpenData(path, result.GetValue(_data));
        ModelFiles.RequireFit(folder, dataset);
        DatasetSplit split = result.GetValue(_split);
        using CpuDevice device = new(Machine.Threads(result.GetValue(_threads), context.Job.LocalWorkers));
        using DlrmModel model = CompactModel.Load(folder, device);
        using ParquetBatchSource source = DataSources.OpenEvaluation(dataset, split, new DataOptions(), context.Time, context.Job.Communicator)
            ?? throw new DataFormatException($"The {split} split of {dataset.FullPath} has no row; choose another with --split.");
        MetricsSummary metrics = MetricsSummary.Of(Evaluator.Evaluate(model, source, context.Job.Communicator, stop));
        string name = split.ToString().ToLowerInvariant();
        if (result.GetValue(_json))
        {
            context.Terminal.Output.WriteLine(JsonSerializer.Serialize(new { Model = folder, Data = dataset.FullPath, Split = name, Metrics = metrics, ModelBytes = model.StoredBytes }, OptionsJson.Line));
        }
        else
        {
            ResultTables.Metrics(context.Terminal, [(name, metrics)]);
        }

        return ExitCode.Done;
    }
}
