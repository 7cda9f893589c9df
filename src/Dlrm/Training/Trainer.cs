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
    private float[] _probabilities = [];
    private int _prunedReported;
    private double _gradientNorm;

    /// <summary>Initializes a new instance of the <see cref="Trainer"/> class at step 0.</summary>
    /// <param name="model">The model; its options are those of the run. Stays the caller's.</param>
    /// <param name="training">The training data, opened with the options' batch size. Stays the caller's.</param>
    /// <param name="validation">The validation data, or null. Stays the caller's.</param>
    /// <param name="communicator">The workers.</param>
    /// <param name="clock">The clock of progress reports.</param>
    /// <exception cref="ArgumentException">There is no training sample.</exception>
    /// <exception cref="NotSupportedException">There is more than one worker.</exception>
    public Trainer(DlrmModel model, IBatchSource training, IBatchSource? validation, ICommunicator communicator, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(training);
        ArgumentNullException.ThrowIfNull(communicator);
        ArgumentNullException.ThrowIfNull(clock);
        if (communicator.WorldSize > 1)
        {
            throw new NotSupportedException($"Gradients are not reduced over workers yet, so {communicator.WorldSize} workers would train {communicator.WorldSize} different models: start one.");
        }

        _model = model;
        _options = model.Options.Training;
        _training = training;
        _validation = validation;
        _communicator = communicator;
        _clock = clock;
        Span<double> samples = [training.Samples];
        communicator.AllReduceSum(samples);
        _trainingSamples = (long)samples[0];
        if (_trainingSamples == 0)
        {
            throw new ArgumentException("The training data have no sample; convert or generate them again.", nameof(training));
        }

        PlannedSteps = _options.Epochs * ((_trainingSamples + _options.BatchSize - 1) / _options.BatchSize);
        _ranks = new RankController(model, (long)((1 - _options.FineTuneFraction) * PlannedSteps), _trainingSamples);
        _stopping = new EarlyStopping(_options, model.Device);
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
                _ranks.ReadSample(_training);
                meter.RankTime += meter.Since(start);
            }

            _training.Seek(_state.Cursor);
            if (IsEvaluationDue)
            {
                // The run was cancelled in the middle of this evaluation.
                ReportEvaluation(meter, progress, cancellation);
            }
        }

        while (!_state.IsFinished && !cancellation.IsCancellationRequested)
        {
            if (!_training.TryRead(out Batch batch))
            {
                EndEpoch(meter, progress, cancellation);
                continue;
            }

            _state.Cursor = _training.Cursor;
            if (!TrainOn(batch))
            {
                continue;
            }

            long timestamp = meter.Now();
            IReadOnlyList<PruningEvent> events = _ranks.AfterStep(_state.Step, _state.SmoothedLoss);
            meter.RankTime += meter.Since(timestamp);
            Record(events);
            AfterStep(meter, progress, checkpoint, cancellation);
        }

        _model.UseMeans();
        if (_state.IsFinished && LastValidation is null && _validation is not null && !cancellation.IsCancellationRequested)
        {
            // The run had ended before this trainer was loaded: metrics are not a part of the state.
            LastValidation = Evaluator.Evaluate(_model, _validation, _communicator, cancellation);
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

    /// <summary>Takes one step on a batch.</summary>
    /// <returns>False when the batch was left out.</returns>
    private bool TrainOn(Batch batch)
    {
        _state.Samples += batch.Size;
        if (BatchGuard.Problem(batch) is string problem)
        {
            return LeftOut(new DataFormatException($"Training: {problem} Convert the data again, or set training.nonFinite to skip."));
        }

        if (_state.Cursor.Epoch == 0)
        {
            _ranks.Observe(batch);
        }

        long step = _state.Step + 1;
        _model.BeginStep(RandomPurposes.Draws(_options.Seed, step), _options.DrawsPerStep);
        _model.Forward(batch);
        double loss = _model.Loss();
        if (!double.IsFinite(loss))
        {
            return LeftOut(new NotFiniteNumberException(
                $"The loss is {loss} at step {step}, first in sample {FirstNonFinite(batch)} of the epoch: lower the learning rate, or set training.gradientClipNorm.", loss));
        }

        _model.ClearGradients();
        _model.Backward();
        double squares = 0;
        foreach (Parameter parameter in _model.Parameters)
        {
            double own = parameter.GradientSumOfSquares();
            squares += own;
            if (!double.IsFinite(own))
            {
                return LeftOut(new NotFiniteNumberException(
                    $"The gradient of '{parameter.Name}' is not finite at step {step}, samples {batch.FirstSample} to {batch.FirstSample + batch.Size - 1} of the epoch: lower the learning rate, or set training.nonFinite to skip.", own));
            }
        }

        _gradientNorm = Math.Sqrt(squares);
        StepContext context = new()
        {
            Step = step,
            LearningRateFactor = LearningRateSchedule.Factor(_options, step, PlannedSteps),
            GradientScale = _options.GradientClipNorm > 0 && _gradientNorm > _options.GradientClipNorm ? (float)(_options.GradientClipNorm / _gradientNorm) : 1,
            KlWeight = _ranks.KlWeight(step) / _trainingSamples,
            BatchSize = batch.Size,
        };
        foreach (Parameter parameter in _model.Parameters)
        {
            parameter.Step(context);
        }

        _state.Step = step;
        _state.AddLoss(loss / batch.Size);
        AddMetrics(batch);
        return true;
    }

    private bool LeftOut(Exception reason)
    {
        if (_options.NonFinite == NonFinitePolicy.Fail)
        {
            throw reason;
        }

        _state.SkippedBatches++;
        return false;
    }

    private long FirstNonFinite(Batch batch)
    {
        float[] logits = new float[batch.Size];
        _model.CopyLogits(logits);
        return batch.FirstSample + Math.Max(0, Array.FindIndex(logits, logit => !float.IsFinite(logit)));
    }

    private void AddMetrics(Batch batch)
    {
        if (_probabilities.Length < batch.Size)
        {
            _probabilities = new float[batch.Size];
        }

        Span<float> probabilities = _probabilities.AsSpan(0, batch.Size);
        _model.CopyProbabilities(probabilities);
        _state.Metrics.Add(probabilities, batch.Labels);
    }

    private void Record(IReadOnlyList<PruningEvent> events)
    {
        if (events.Count > 0)
        {
            _pruned.AddRange(events);
            _stopping.StartOver();
        }
    }

    private void AfterStep(ProgressMeter meter, IProgress<TrainingReport>? progress, Action<Trainer>? checkpoint, CancellationToken cancellation)
    {
        if (IsEvaluationDue)
        {
            ReportEvaluation(meter, progress, cancellation);
        }
        else if (progress is not null && _state.Step % _options.ReportEvery == 0)
        {
            progress.Report(Report(meter, null));
        }

        if (_options.CheckpointEvery > 0 && _state.Step % _options.CheckpointEvery == 0 && checkpoint is not null)
        {
            long timestamp = meter.Now();
            checkpoint(this);
            meter.Pauses += meter.Since(timestamp);
        }
    }

    private void ReportEvaluation(ProgressMeter meter, IProgress<TrainingReport>? progress, CancellationToken cancellation)
    {
        if (Evaluate(meter, cancellation) is MetricsResult validation)
        {
            progress?.Report(Report(meter, validation));
        }
    }

    private void EndEpoch(ProgressMeter meter, IProgress<TrainingReport>? progress, CancellationToken cancellation)
    {
        bool isEvaluated = _validation is null || _state.LastEvaluatedStep == _state.Step;
        MetricsResult? validation = isEvaluated ? null : Evaluate(meter, cancellation);
        if (!isEvaluated && validation is null)
        {
            // Cancelled: the epoch ends when the run goes on.
            return;
        }

        progress?.Report(Report(meter, validation));
        int next = _state.Cursor.Epoch + 1;
        if (!_state.IsFinished && next >= _options.Epochs)
        {
            Finish();
        }

        if (!_state.IsFinished)
        {
            _state.ClearMetrics();
            _state.Cursor = DataCursor.Start(next);
            _training.Seek(_state.Cursor);
        }
    }

    /// <summary>Ends the run with the best state, when it is not the last one.</summary>
    private void Finish()
    {
        _state.IsFinished = true;
        if (_stopping.HasBest && _stopping.Waited > 0 && _validation is not null)
        {
            _stopping.Restore(_model);
            LastValidation = _stopping.BestMetrics ?? Evaluator.Evaluate(_model, _validation, _communicator);
        }
    }

    /// <summary>Measures the model on the validation data; null when cancelled, and then nothing has changed.</summary>
    private MetricsResult? Evaluate(ProgressMeter meter, CancellationToken cancellation)
    {
        long timestamp = meter.Now();
        MetricsResult metrics;
        try
        {
            metrics = Evaluator.Evaluate(_model, _validation!, _communicator, cancellation);
        }
        catch (OperationCanceledException)
        {
            return null;
        }

        LastValidation = metrics;
        _state.LastEvaluatedStep = _state.Step;
        if (_ranks.IsPastWarmup(_state.Step))
        {
            _stopping.Observe(_model, metrics);
        }

        if (_stopping.ShouldStop)
        {
            _state.StoppedEarly = true;
            Finish();
        }

        meter.Pauses += meter.Since(timestamp);
        return metrics;
    }
}
