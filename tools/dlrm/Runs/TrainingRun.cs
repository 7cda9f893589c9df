using System.Globalization;
using System.Text.Json;
using Dlrm.Checkpoints;
using Dlrm.CommandLine.Configuration;
using Dlrm.CommandLine.Hosting;
using Dlrm.Data;
using Dlrm.Data.Synthetic;
using Dlrm.Embeddings;
using Dlrm.Metrics;
using Dlrm.Numerics.Cpu;
using Dlrm.Reporting;
using Dlrm.Training;

namespace Dlrm.CommandLine.Runs;

/// <summary>One training run from options to a run folder: trains, saves checkpoints, measures on the test split, writes results and report.</summary>
internal sealed class TrainingRun : IDisposable
{
    private const int PosteriorDraws = 8;
    private readonly CommandContext _context;
    private readonly RunFolder _folder;
    private readonly RunOptions _options;
    private readonly string _name;
    private readonly DatasetFolder _dataset;
    private readonly WorkerJob _job;
    private readonly CpuDevice _device;
    private readonly DlrmModel _model;
    private readonly ParquetBatchSource _training;
    private readonly ParquetBatchSource? _validation;
    private readonly Trainer _trainer;
    private readonly CheckpointStore _store;

    /// <summary>Initializes a new instance of the <see cref="TrainingRun"/> class at step 0.</summary>
    /// <param name="context">What the host gives.</param>
    /// <param name="folder">The run folder; it exists.</param>
    /// <param name="options">The options.</param>
    /// <param name="name">The name in progress lines.</param>
    internal TrainingRun(CommandContext context, RunFolder folder, RunOptions options, string name)
    {
        _context = context;
        _folder = folder;
        _options = options;
        _name = name;
        _job = context.Job;
        _dataset = RunFolder.OpenData(options);
        if (options.Distributed.Reproducible)
        {
            _job.OrderSums();
        }

        _device = new CpuDevice(Machine.Threads(options.Training.Threads, _job.LocalWorkers));
        _training = DataSources.OpenTraining(_dataset, options, context.Time, _job.Communicator);
        ModelInputs inputs = DataSources.InputsOf(_dataset.Schema);
        _model = new DlrmModel(_device, options.Dlrm with { Model = ResolveFrequencies(inputs) }, inputs, new CommunicatorRowExchange(_job.Communicator));
        _validation = DataSources.OpenEvaluation(_dataset, DatasetSplit.Valid, options.Data, context.Time, _job.Communicator);
        _trainer = new Trainer(_model, _training, _validation, _job.Communicator, context.Time);
        _store = new CheckpointStore(folder.Checkpoints, options.Output.KeepCheckpoints);
    }

    /// <summary>Gets the device's description.</summary>
    internal string Device => _device.Description;

    /// <summary>Goes to the newest checkpoint that is whole; every worker loads the one that the first finds.</summary>
    /// <exception cref="CheckpointException">There are checkpoints, and none is whole.</exception>
    internal void Resume()
    {
        Checkpoint? found = _job.IsFirst ? Find() : null;
        if (_job.Workers > 1)
        {
            string path = _job.Communicator.BroadcastText(() => found?.Path ?? string.Empty);
            found ??= path.Length == 0 ? null : Checkpoint.Open(path);
        }

        if (found is not null)
        {
            found.Load(_trainer.Load);
            _context.Terminal.Note($"{_name}: going on from step {Format.Count(_trainer.Step)}.");
        }
    }

    private Checkpoint? Find()
    {
        CheckpointSearch search = _store.FindNewestValid();
        foreach (RejectedCheckpoint rejected in search.Rejected)
        {
            _context.Terminal.Note($"warning: passed over {rejected.Path}: {rejected.Reason}");
        }

        if (search.Newest is not Checkpoint checkpoint)
        {
            if (search.Rejected.Count > 0)
            {
                throw new CheckpointException(_folder.Checkpoints, null, "No checkpoint is whole.", "Train again from the beginning with --overwrite.");
            }

            _context.Terminal.Note($"{_name}: there is no checkpoint yet; starting from the beginning.");
            return null;
        }

        if (checkpoint.OptionsFingerprint != CheckpointStore.Fingerprint(_options.ResultKey()))
        {
            throw new CheckpointException(checkpoint.Path, null, "It was made with other options than those of the run folder.", "Put options.json back as it was, or train again with --overwrite.");
        }

        return checkpoint;
    }

    /// <summary>Trains to the end, or until asked to stop; then a checkpoint is saved. Every worker trains; the first one writes.</summary>
    /// <param name="stop">Asks to stop.</param>
    /// <returns>The results, or null when it was stopped.</returns>
    internal RunResult? Execute(CancellationToken stop)
    {
        using MetricsLog? log = !_job.IsFirst ? null : _trainer.Step > 0 ? MetricsLog.Resume(_folder.Metrics, _trainer.Step) : MetricsLog.Create(_folder.Metrics);
        TrainingResult result = Train(log, stop);
        Save();
        if (result.IsCancelled)
        {
            _context.Terminal.Note($"{_name}: stopped at step {Format.Count(_trainer.Step)} with a checkpoint; go on with: dlrm train --resume {_folder.Path}");
            return null;
        }

        StorageRounding.Round(_model);
        _model.Shards!.Lead(() => ModelFiles.Save(_folder.Model, _model, _dataset, _options.Output.Posterior));

        RunResult summary = Summarize(result, stop);
        if (_job.IsFirst)
        {
            RunFolder.WriteWhole(_folder.Result, JsonSerializer.Serialize(summary, OptionsJson.Indented) + "\n");
        }

        return summary;
    }

    /// <summary>Writes <c>report.html</c>.</summary>
    /// <param name="result">The results.</param>
    internal void WriteReport(RunResult result)
    {
        ResultRow[] rows = result.Test is not MetricsSummary test
            ? []
            : [new ResultRow(_name, test.Auc ?? double.NaN, test.LogLoss, test.NormalizedEntropy ?? double.NaN, result.ModelBytes)];
        TeacherDescription? teacher = TeacherFile.Exists(_dataset.FullPath) ? TeacherFile.ReadDescription(_dataset.FullPath) : null;
        HtmlReport.Save(_folder.Path, new RunSummary
        {
            Title = _name,
            Name = _name,
            Facts = [new("dataset", Path.GetFileName(_dataset.FullPath)), new("machine", result.Machine), new("time", result.Seconds < 60 ? string.Create(CultureInfo.InvariantCulture, $"{result.Seconds:0.0} s") : Format.Time(TimeSpan.FromSeconds(result.Seconds)))],
            Results = rows,
            Reliability = result.Reliability,
            Energies = result.Energies,
            BestAuc = teacher?.Test.Auc ?? double.NaN,
            TrueRanks = teacher is null
                ? new Dictionary<string, IReadOnlyList<int>>()
                : teacher.Tables.Where(table => table.IsTtm).ToDictionary(table => "tables." + table.Name, table => (IReadOnlyList<int>)[.. table.Ranks.Skip(1).SkipLast(1)]),
        });
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _trainer.Dispose();
        _validation?.Dispose();
        _training.Dispose();
        _model.Dispose();
        _device.Dispose();
    }

    private void Save()
    {
        _model.Shards!.Lead(() => _store.Save(
            new CheckpointPosition(_trainer.Step, _trainer.Cursor.Epoch, _trainer.Cursor.Row),
            _options.ResultKey(),
            writer => _model.Save(writer, StateParts.Values | StateParts.Posterior),
            _trainer.Save));
    }

    private TrainingResult Train(MetricsLog? log, CancellationToken stop)
    {
        using StallWatchdog? watchdog = _job.Workers == 1 ? null : new StallWatchdog(_trainer, _options.Distributed.StallTimeout, _context.Time, where =>
        {
            _context.Terminal.Warn("dlrm: " + where);
            _job.Abort(ExitCode.Communication);
        });
        if (log is null)
        {
            return _trainer.Run(checkpoint: _ => Save(), cancellation: stop);
        }

        TrainingDisplay display = new(_context.Terminal, _name, _context.Time);
        return display.Show(show => _trainer.Run(
            new CallbackProgress<TrainingReport>(report =>
            {
                log.Append(MetricsRecord.Of(report));
                show(report);
            }),
            _ => Save(),
            stop));
    }

    /// <summary>Turns frequencies into rows; of several workers the first one counts.</summary>
    private ModelOptions ResolveFrequencies(ModelInputs inputs)
    {
        if (_job.Workers == 1)
        {
            return RowFrequencies.Resolve(_options.Model, inputs, _training);
        }

        return JsonSerializer.Deserialize<ModelOptions>(
            _job.Communicator.BroadcastText(() =>
            {
                using ParquetBatchSource all = DataSources.OpenTraining(_dataset, _options, _context.Time);
                return JsonSerializer.Serialize(RowFrequencies.Resolve(_options.Model, inputs, all), OptionsJson.Line);
            }),
            OptionsJson.Line)!;
    }

    private static void AddOccupied(Dictionary<string, IReadOnlyList<ReliabilityBin>> tables, string name, MetricsResult? result)
    {
        if (result is not null)
        {
            tables[name] = [.. result.Reliability.Where(static bin => bin.Samples > 0)];
        }
    }

    private RunResult Summarize(TrainingResult result, CancellationToken stop)
    {
        using ParquetBatchSource? test = DataSources.OpenEvaluation(_dataset, DatasetSplit.Test, _options.Data, _context.Time, _job.Communicator);
        MetricsResult? tested = test is null ? null : Evaluator.Evaluate(_model, test, _job.Communicator, stop);
        bool draws = test is not null && new Predictor(_model, _options.Training.Seed).HasPosterior;
        MetricsResult? drawn = draws ? Evaluator.Evaluate(_model, test!, _job.Communicator, PosteriorDraws, _options.Training.Seed, stop) : null;
        Dictionary<string, IReadOnlyList<ReliabilityBin>> reliability = [];
        AddOccupied(reliability, "posterior means", tested);
        AddOccupied(reliability, $"mean of {PosteriorDraws} posterior draws", drawn);
        MetricsResult? valid = _validation is null ? null : Evaluator.Evaluate(_model, _validation, _job.Communicator, stop);
        IReadOnlyList<TableReport> tables = TableReport.Of(_model);
        return new RunResult
        {
            OptionsFingerprint = CheckpointStore.Fingerprint(_options.ResultKey()),
            DatasetFingerprint = _dataset.Schema.Fingerprint,
            Steps = result.Steps,
            Samples = result.Samples,
            StoppedEarly = result.StoppedEarly,
            Seconds = result.Elapsed.TotalSeconds,
            SamplesPerSecond = result.SamplesPerSecond,
            DataWaitShare = result.DataWaitShare,
            RankShare = result.RankShare,
            ModelBytes = _model.StoredBytes,
            DenseModelBytes = (_model.Parameters.OfType<DenseParameter>().Sum(parameter => parameter.StoredElements) * sizeof(float)) + tables.Sum(table => table.DenseBytes),
            VocabularyBytes = File.Exists(_dataset.VocabularyPath) ? new FileInfo(_dataset.VocabularyPath).Length : 0,
            Valid = valid is null ? null : MetricsSummary.Of(valid),
            Test = tested is null ? null : MetricsSummary.Of(tested),
            TestOfDraws = drawn is null ? null : MetricsSummary.Of(drawn),
            Reliability = reliability,
            Tables = tables,
            Energies = EntryEnergy.Of(_model),
            Workers = _job.Workers,
            ExchangeShare = result.ExchangeShare,
            ExchangeBytesPerStep = result.ExchangeBytesPerStep,
            Machine = $"{Machine.Describe()}; {_device.Description}{(_job.Workers > 1 ? $"; {_job.Workers} workers" : string.Empty)}; dlrm {Machine.Version}",
        };
    }
}
