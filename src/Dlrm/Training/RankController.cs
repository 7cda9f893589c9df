using Dlrm.Distributed;
using Dlrm.Embeddings;
using Dlrm.Numerics;

namespace Dlrm.Training;

/// <summary>Moves gauges and prunes components between training steps, as the rank schedule says.</summary>
/// <remarks>
/// <para>The fit is measured on the first batches of epoch 0: a fixed sample, so that a resumed run reads the same one again.</para>
/// </remarks>
internal sealed class RankController : IDisposable
{
    private const int LargestProbeBatch = 4096;
    private readonly DlrmModel _model;
    private readonly RankSchedule _schedule;
    private readonly long _lastStep;
    private readonly long _trainingSamples;
    private readonly List<Batch> _sample = [];
    private int _sampled;
    private readonly ICommunicator _communicator;
    private ModelLikelihoodProbe? _probe;
    private WorkersLikelihoodProbe? _shared;

    /// <summary>Initializes a new instance of the <see cref="RankController"/> class.</summary>
    /// <param name="model">The model.</param>
    /// <param name="steps">The planned steps before fine-tuning; afterwards β is 0 and ranks stay.</param>
    /// <param name="samples">N, the training samples.</param>
    /// <param name="communicator">The workers, each of which has a part of the sample.</param>
    internal RankController(DlrmModel model, long steps, long samples, ICommunicator communicator)
    {
        _model = model;
        _communicator = communicator;
        _schedule = new RankSchedule(model.Options.RankPrior, steps, samples, model.Tensors.Sum(tensor => tensor.StoredElements));
        _lastStep = steps;
        _trainingSamples = samples;
    }

    private bool IsActive => _model.Tensors.Count > 0 && _model.Options.RankPrior.Inference != InferenceKind.FixedRanks;

    private bool NeedsSample => _probe is null && IsActive && _model.Options.RankPrior.PruneEvery > 0 && _model.Options.RankPrior.PruneRule == PruneRule.Evidence
        && _schedule.FullKlWeight > 0;

    /// <summary>Gets β(t).</summary>
    /// <param name="step">The step, from 1.</param>
    /// <returns>The weight of the KL divergence.</returns>
    internal double KlWeight(long step) => IsActive && step <= _lastStep ? _schedule.KlWeight(step) : 0;

    /// <summary>Says whether β has its full value or never will: before, ranks can't have been found.</summary>
    /// <param name="step">The step, from 1.</param>
    /// <returns>Whether it has.</returns>
    internal bool IsPastWarmup(long step) => !IsActive || step > _lastStep || _schedule.KlWeight(step) >= _schedule.FullKlWeight;

    /// <summary>Gets a value indicating whether batches are still missing from the sample; the same on every worker.</summary>
    internal bool WantsSample => NeedsSample && _sampled < _model.Options.RankPrior.PruneBatches;

    /// <summary>Keeps a batch of epoch 0 for the sample on which the fit is measured, until there are enough.</summary>
    /// <param name="batch">This worker's part of the batch, which passed the guard; maybe null or empty.</param>
    internal void Observe(Batch? batch)
    {
        if (!WantsSample)
        {
            return;
        }

        _sampled++;
        if (batch is null || batch.Size == 0)
        {
            return;
        }

        // Small batches are joined: a measurement is then a few large operators instead of many small ones.
        if (_sample.Count == 0 || _sample[^1].Size + batch.Size > LargestProbeBatch)
        {
            _sample.Add(new Batch(batch.DenseFeatures, batch.Sparse.Length));
        }

        BatchJoiner.Append(_sample[^1], batch);
    }

    /// <summary>Forgets the sample: it is read again for a run that goes on.</summary>
    internal void ForgetSample()
    {
        _sample.Clear();
        _sampled = 0;
    }

    /// <summary>Does what is due after a step.</summary>
    /// <param name="step">The step just taken.</param>
    /// <param name="smoothedLoss">The smoothed training loss in nats per sample.</param>
    /// <returns>What was removed.</returns>
    internal IReadOnlyList<PruningEvent> AfterStep(long step, double smoothedLoss)
    {
        return !IsActive || step > _lastStep ? []
            : RankEvents.Run(_model.Tensors, _schedule, _model.Options.RankPrior.PruneRule, step, smoothedLoss, RefreshProbe);
    }

    /// <summary>Writes the state.</summary>
    /// <param name="writer">Receives it.</param>
    internal void Save(IStateWriter writer) => writer.Write("trainer.loss_at_last_gauge", (ReadOnlySpan<double>)[_schedule.LossAtLastEvent]);

    /// <summary>Reads the state.</summary>
    /// <param name="reader">Has it.</param>
    internal void Load(IStateReader reader) => _schedule.LossAtLastEvent = reader.ReadDoubles("trainer.loss_at_last_gauge")[0];

    /// <inheritdoc/>
    public void Dispose() => _probe?.Dispose();

    /// <summary>Makes the evidence ready, on the samples of all workers.</summary>
    private WorkersLikelihoodProbe? RefreshProbe()
    {
        if (_sampled == 0)
        {
            return null;
        }

        _probe ??= new ModelLikelihoodProbe(_model, _sample, _trainingSamples);
        _shared ??= new WorkersLikelihoodProbe(_probe, _communicator);
        _probe.Refresh();
        if (_model.Bags.Any(bag => bag.IsSharded))
        {
            // Lookups of spread rows need every worker: those with fewer batches answer the others.
            double[] batches = new double[_communicator.WorldSize];
            batches[_communicator.Rank] = _sample.Count;
            _communicator.AllReduceSum(batches);
            for (int served = _sample.Count; served < batches.Max(); served++)
            {
                _model.ServeForward();
            }
        }

        return _shared;
    }
}
