using Dlrm.Data;
using Dlrm.Embeddings;
using Dlrm.Metrics;

namespace Dlrm.Training;

/// <content>What comes after steps and epochs: evaluation, reports, checkpoints, early stopping.</content>
public sealed partial class Trainer
{
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
        if (_replicas is not null && _model.Options.Distributed.ConsistencyEvery > 0 && _state.Step % _model.Options.Distributed.ConsistencyEvery == 0)
        {
            Enter("comparing parameters with the other workers");
            _replicas.Require(_state.Step);
        }

        if (IsEvaluationDue)
        {
            ReportEvaluation(meter, progress, cancellation);
        }
        else if (_state.Step % _options.ReportEvery == 0)
        {
            GatherMetrics();
            progress?.Report(Report(meter, null));
        }

        if (_options.CheckpointEvery > 0 && _state.Step % _options.CheckpointEvery == 0)
        {
            long timestamp = meter.Now();
            GatherMetrics();
            Enter("saving a checkpoint");
            checkpoint?.Invoke(this);
            meter.Pauses += meter.Since(timestamp);
        }
    }

    private void ReportEvaluation(ProgressMeter meter, IProgress<TrainingReport>? progress, CancellationToken cancellation)
    {
        if (Evaluate(meter, cancellation) is MetricsResult validation)
        {
            GatherMetrics();
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

        GatherMetrics();
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
            Seek(_state.Cursor);
        }
    }

    /// <summary>Ends the run with the best state, when it is not the last one.</summary>
    private void Finish()
    {
        _state.IsFinished = true;
        if (_stopping.HasBest && _stopping.Waited > 0 && _validation is not null)
        {
            _stopping.Restore(_model);
            LastValidation = _stopping.BestMetrics ?? Measure(CancellationToken.None);
        }
    }

    /// <summary>Measures the model on the validation data; null when cancelled, and then nothing has changed.</summary>
    private MetricsResult? Evaluate(ProgressMeter meter, CancellationToken cancellation)
    {
        long timestamp = meter.Now();
        MetricsResult metrics;
        try
        {
            metrics = Measure(cancellation);
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

    private MetricsResult Measure(CancellationToken cancellation) =>
        Evaluator.Evaluate(_model, _validation!, _communicator, draws: 0, seed: 0, () => Enter("evaluating"), cancellation);
}
