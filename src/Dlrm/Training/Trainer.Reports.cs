using Dlrm.Embeddings;
using Dlrm.Metrics;

namespace Dlrm.Training;

/// <content>What a run tells about itself.</content>
public sealed partial class Trainer
{
    private TrainingReport Report(ProgressMeter meter, MetricsResult? validation)
    {
        PruningEvent[] pruned = [.. _pruned.Skip(_prunedReported)];
        _prunedReported = _pruned.Count;
        return new TrainingReport
        {
            Step = _state.Step,
            PlannedSteps = PlannedSteps,
            Epoch = _state.Cursor.Epoch,
            Samples = _state.Samples,
            SamplesPerSecond = meter.SamplesPerSecond(_state.Samples),
            Loss = _state.SmoothedLoss,
            Auc = _state.Metrics.Samples > 0 ? _state.Metrics.Compute().Auc : double.NaN,
            KlDivergence = _model.Tensors.Sum(tensor => tensor.KlDivergence()),
            KlWeight = _ranks.KlWeight(_state.Step),
            LearningRateFactor = LearningRateSchedule.Factor(_options, _state.Step, PlannedSteps),
            GradientNorm = _gradientNorm,
            Tables = TableReport.Of(_model),
            StoredBytes = _model.StoredBytes,
            DataWaitShare = meter.DataWaitShare,
            RankShare = meter.RankShare,
            Workers = _communicator.WorldSize,
            ExchangeShare = ExchangeShare(meter),
            ExchangeBytesPerStep = ExchangeBytesPerStep(),
            Elapsed = meter.Elapsed,
            TimeLeft = meter.TimeLeft(_state.Samples, _options.Epochs * _trainingSamples),
            SkippedBatches = _state.SkippedBatches,
            Pruned = pruned,
            Validation = validation,
        };
    }

    private TrainingResult Result(ProgressMeter meter, int prunedBefore) => new()
    {
        IsCancelled = !_state.IsFinished,
        StoppedEarly = _state.StoppedEarly,
        Steps = _state.Step,
        Samples = _state.Samples,
        SkippedBatches = _state.SkippedBatches,
        Elapsed = meter.Elapsed,
        SamplesPerSecond = meter.SamplesPerSecond(_state.Samples),
        DataWaitShare = meter.DataWaitShare,
        RankShare = meter.RankShare,
        Workers = _communicator.WorldSize,
        ExchangeShare = ExchangeShare(meter),
        ExchangeBytesPerStep = ExchangeBytesPerStep(),
        Pruned = [.. _pruned.Skip(prunedBefore)],
        Validation = LastValidation,
    };

    private double ExchangeShare(ProgressMeter meter) => _exchange is null ? 0 : meter.Share(_exchange.Time);

    private double ExchangeBytesPerStep() => _exchange is { Steps: > 0 } ? (double)_exchange.Bytes / _exchange.Steps : 0;
}
