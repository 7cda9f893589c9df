using Dlrm.Data;
using Dlrm.Distributed;
using Dlrm.Embeddings;
using Dlrm.Metrics;
using Dlrm.Numerics;

namespace Dlrm.Training;

/// <summary>Trains a model over the epochs of a batch source: steps, gauge moves, pruning, validation, early stopping.</summary>
/// <remarks>
/// <code>
/// per step: draw cores · forward · loss · backward · clip by the whole gradient's norm · step of every parameter with β(t)/N
///           every GaugeEvery steps a gauge move, then pruning by evidence when it is due
/// per epoch and every EvaluateEvery steps: metrics on the validation data with the means
/// </code>
/// <para>Several workers each take their part of every batch; gradients, losses and decisions are those of all, and every worker has the same parameters
/// after every step. Each calls everything here, in the same order, saves included: worker 0's save is that of the run, and loads on any number of workers.</para>
/// <para>A run is a function of options, data and seed: saved after any step and loaded into a new trainer it goes on bit for bit.</para>
/// </remarks>
public sealed partial class Trainer : IDisposable
{
    private readonly DlrmModel _model;
    private readonly TrainingOptions _options;
    private readonly IBatchSource _training;
    private readonly IBatchSource? _validation;
    private readonly ICommunicator _communicator;
    private readonly TimeProvider _clock;
    private readonly TrainerState _state = new();
    private readonly RankController _ranks;
    private readonly EarlyStopping _stopping;
    private readonly List<PruningEvent> _pruned = [];
    private readonly long _trainingSamples;
    private readonly WorkerShare _share;
    private readonly GradientExchange? _exchange;
    private readonly ReplicaCheck? _replicas;
    private readonly double[] _agreement = new double[4];
    private float[] _probabilities = [];
    private int _prunedReported;
    private double _gradientNorm;
    private long _progress;

    /// <summary>Initializes a new instance of the <see cref="Trainer"/> class at step 0.</summary>
    /// <param name="model">The model; its options are those of the run. Stays the caller's.</param>
    /// <param name="training">The training data, opened with the options' batch size, or as shards with this worker's part of it. Stays the caller's.</param>
    /// <param name="validation">This worker's validation data, or null on every worker. Stays the caller's.</param>
    /// <param name="communicator">The workers.</param>
    /// <param name="clock">The clock of progress reports.</param>
    /// <exception cref="ArgumentException">There is no training sample.</exception>
    /// <exception cref="OptionsException">The batch or the draws can't be shared out among so many workers, or a dense table is too large for a copy on each.</exception>
    public Trainer(DlrmModel model, IBatchSource training, IBatchSource? validation, ICommunicator communicator, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(training);
        ArgumentNullException.ThrowIfNull(communicator);
        ArgumentNullException.ThrowIfNull(clock);
        _model = model;
        _options = model.Options.Training;
        _training = training;
        _validation = validation;
        _communicator = communicator;
        _clock = clock;
        _share = WorkerShare.Of(model, communicator.Rank, communicator.WorldSize);
        (_trainingSamples, long steps) = CountSamples();
        if (_trainingSamples == 0)
        {
            throw new ArgumentException("The training data have no sample; convert or generate them again.", nameof(training));
        }

        PlannedSteps = _options.Epochs * steps;
        _ranks = new RankController(model, (long)((1 - _options.FineTuneFraction) * PlannedSteps), _trainingSamples, communicator);
        _stopping = new EarlyStopping(_options, model.Device);
        if (communicator.WorldSize > 1)
        {
            _exchange = new GradientExchange(communicator, model, model.Options.Distributed.BucketBytes, clock);
            _replicas = new ReplicaCheck(communicator, model);
        }
    }

    /// <summary>Gets the optimiser steps taken.</summary>
    public long Step => _state.Step;

    /// <summary>Gets the steps of the whole run, when no batch is left out.</summary>
    public long PlannedSteps { get; }

    /// <summary>Gets the samples read, over all epochs.</summary>
    public long Samples => _state.Samples;

    /// <summary>Gets the place after the last batch read.</summary>
    public DataCursor Cursor => _state.Cursor;

    /// <summary>Gets a value indicating whether the run has ended; <see cref="Run"/> then returns at once.</summary>
    public bool IsFinished => _state.IsFinished;

    /// <summary>Gets the smoothed training loss in nats per sample; NaN before the first step.</summary>
    public double SmoothedLoss => _state.SmoothedLoss;

    /// <summary>Gets the metrics of the last evaluation, or null.</summary>
    public MetricsResult? LastValidation { get; private set; }

    /// <summary>Gets what this worker does at this moment, in words: where to look when it does not go on.</summary>
    public string Activity { get; private set; } = "starting";

    /// <summary>Gets a number that grows whenever this worker goes on.</summary>
    public long Progress => Volatile.Read(ref _progress);

    private bool IsEvaluationDue => _validation is not null && _options.EvaluateEvery > 0 && _state.Step > 0
        && _state.Step % _options.EvaluateEvery == 0 && _state.LastEvaluatedStep != _state.Step;

    /// <summary>Trains until the run has ended or is cancelled.</summary>
    /// <param name="progress">Receives a report every ReportEvery steps and after each evaluation.</param>
    /// <param name="checkpoint">Called between two steps, every CheckpointEvery steps; usually saves this trainer.</param>
    /// <param name="cancellation">Stops between two steps, or gives up an evaluation, which is made when the run goes on.</param>
    /// <returns>How it ended.</returns>
    /// <exception cref="DataFormatException">A batch has a number that is not finite, and the policy is to fail.</exception>
    /// <exception cref="NotFiniteNumberException">The loss or gradient is not finite, and the policy is to fail.</exception>
    public TrainingResult Run(IProgress<TrainingReport>? progress = null, Action<Trainer>? checkpoint = null, CancellationToken cancellation = default)
    {
        int prunedBefore = _pruned.Count;
        ProgressMeter meter = new(_clock, _training, _state.Samples);
        if (!_state.IsFinished)
        {
            if (_state.Samples > 0)
            {
                long start = meter.Now();
                ReadSample();
                meter.RankTime += meter.Since(start);
            }

            Seek(_state.Cursor);
            if (IsEvaluationDue)
            {
                // The run was cancelled in the middle of this evaluation.
                ReportEvaluation(meter, progress, cancellation);
            }
        }

        bool isStopped = false;
        while (!_state.IsFinished && !isStopped)
        {
            StepPlan plan = NextStep(cancellation.IsCancellationRequested);
            isStopped = plan.IsStopped;
            if (isStopped)
            {
                continue;
            }

            if (!plan.HasMore)
            {
                EndEpoch(meter, progress, cancellation);
                continue;
            }

            if (!TrainOn(plan))
            {
                continue;
            }

            Enter("moving gauges and pruning");
            long timestamp = meter.Now();
            IReadOnlyList<PruningEvent> events = _ranks.AfterStep(_state.Step, _state.SmoothedLoss);
            meter.RankTime += meter.Since(timestamp);
            Record(events);
            AfterStep(meter, progress, checkpoint, cancellation);
        }

        _model.UseMeans();
        GatherMetrics();
        if (_state.IsFinished && LastValidation is null && _validation is not null && !isStopped)
        {
            // The run had ended before this trainer was loaded: metrics are not a part of the state.
            LastValidation = Measure(cancellation);
        }

        return Result(meter, prunedBefore);
    }

    /// <summary>Writes everything that an exact resume needs.</summary>
    /// <param name="writer">Receives the tensors.</param>
    /// <exception cref="NotFiniteNumberException">A parameter is not finite; nothing is written.</exception>
    public void Save(IStateWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        if (_model.FirstNonFiniteParameter() is string name)
        {
            throw new NotFiniteNumberException($"Parameter '{name}' has a number that is NaN or infinite at step {Step}; the model is not saved. Go on from the last checkpoint with a lower learning rate.");
        }

        _state.Save(writer);
        _ranks.Save(writer);
        _stopping.Save(writer);
        _model.Save(writer, StateParts.All);
    }

    /// <summary>Reads what <see cref="Save"/> wrote, model included.</summary>
    /// <param name="reader">Has the tensors.</param>
    public void Load(IStateReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        _state.Load(reader);
        if (_communicator.Rank > 0)
        {
            // The metrics are sums over all workers, and worker 0 has them.
            _state.ClearMetrics();
        }

        _ranks.Load(reader);
        _stopping.Load(reader, _model);
        _model.Load(reader, StateParts.All);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _ranks.Dispose();
        _stopping.Dispose();
    }
}
