using Dlrm.Embeddings;
using Dlrm.Metrics;
using Dlrm.Numerics;

namespace Dlrm.Training;

/// <summary>Keeps the state with the best validation metric and says when waiting for a better one has lasted too long.</summary>
/// <remarks>
/// Removing components starts it over: a larger model's state is no candidate any more, and the smaller one gets its full patience. So what is
/// restored always has the TT ranks that training ended with.
/// </remarks>
internal sealed class EarlyStopping : IDisposable
{
    private const string Prefix = "best.";
    private readonly TrainingOptions _options;
    private readonly MemoryState _best;

    internal EarlyStopping(TrainingOptions options, IDevice device)
    {
        _options = options;
        _best = new MemoryState(device);
    }

    /// <summary>Gets a value indicating whether there is a best state.</summary>
    internal bool HasBest { get; private set; }

    /// <summary>Gets the best value of the watched metric; NaN without one.</summary>
    internal double BestValue { get; private set; } = double.NaN;

    /// <summary>Gets the metrics of the best state; null when it was loaded, or without one.</summary>
    internal MetricsResult? BestMetrics { get; private set; }

    /// <summary>Gets the evaluations since the best.</summary>
    internal int Waited { get; private set; }

    /// <summary>Gets a value indicating whether training should stop.</summary>
    internal bool ShouldStop => _options.Patience > 0 && Waited >= _options.Patience;

    /// <inheritdoc/>
    public void Dispose() => _best.Dispose();

    /// <summary>Takes one evaluation; keeps the model's state when it is the best. An undefined metric is no improvement.</summary>
    /// <param name="model">The model that was evaluated.</param>
    /// <param name="metrics">What was measured.</param>
    internal void Observe(DlrmModel model, MetricsResult metrics)
    {
        if (_options.Patience == 0)
        {
            return;
        }

        bool isAuc = _options.StoppingMetric == StoppingMetric.Auc;
        double value = isAuc ? metrics.Auc : metrics.LogLoss;
        bool isBetter = !double.IsNaN(value) && (!HasBest || (isAuc ? value > BestValue : value < BestValue));
        if (!isBetter)
        {
            Waited++;
            return;
        }

        _best.Clear();
        model.Save(_best, StateParts.Values | StateParts.Posterior);
        HasBest = true;
        BestValue = value;
        BestMetrics = metrics;
        Waited = 0;
    }

    /// <summary>Forgets the best state: the model has become smaller.</summary>
    internal void StartOver()
    {
        _best.Clear();
        HasBest = false;
        BestValue = double.NaN;
        BestMetrics = null;
        Waited = 0;
    }

    /// <summary>Gives the model its best state back.</summary>
    /// <param name="model">The model.</param>
    internal void Restore(DlrmModel model) => model.Load(_best, StateParts.Values | StateParts.Posterior);

    /// <summary>Writes the state.</summary>
    /// <param name="writer">Receives it.</param>
    internal void Save(IStateWriter writer)
    {
        writer.Write("trainer.stopping", (ReadOnlySpan<long>)[HasBest ? 1 : 0, Waited]);
        writer.Write("trainer.stopping_value", (ReadOnlySpan<double>)[BestValue]);
        _best.CopyTo(writer, Prefix);
    }

    /// <summary>Reads the state; changes the model, whose own state must be loaded afterwards.</summary>
    /// <param name="reader">Has it.</param>
    /// <param name="model">The model, through which the best state passes.</param>
    internal void Load(IStateReader reader, DlrmModel model)
    {
        StartOver();
        long[] counters = reader.ReadIntegers("trainer.stopping");
        HasBest = counters[0] == 1;
        Waited = checked((int)counters[1]);
        BestValue = reader.ReadDoubles("trainer.stopping_value")[0];
        if (HasBest)
        {
            model.Load(new PrefixedStateReader(reader, Prefix), StateParts.Values | StateParts.Posterior);
            model.Save(_best, StateParts.Values | StateParts.Posterior);
        }
    }
}
