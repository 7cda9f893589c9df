namespace Dlrm.Embeddings;

/// <summary>When gauges move and components may be pruned, and how much the prior weighs, over a planned run.</summary>
/// <remarks>
/// <code>
/// β(t) = β · clamp((t/T − KlWarmupStart) / (KlWarmupEnd − KlWarmupStart), 0, 1)
/// gauge: every GaugeEvery steps from the start; waiting until the prior weighs was tried and left spurious components (quickstart, MovieLens)
/// prune: every PruneEvery steps, right after a gauge move when gauges move at all; β(t) full, not in the last PruneEnd of the run, and the smoothed loss
///        has fallen by less than 1 % since the last event
/// </code>
/// </remarks>
public sealed class RankSchedule
{
    private const double SettledFall = 0.01;

    /// <summary>The loss of a Gaussian likelihood passes through 0, where one per cent of it would be nothing.</summary>
    private const double SmallestLossScale = 0.3;
    private readonly RankPriorOptions _options;
    private readonly long _steps;
    private readonly double _klWeight;

    /// <summary>Initializes a new instance of the <see cref="RankSchedule"/> class.</summary>
    /// <param name="options">The prior.</param>
    /// <param name="steps">T, the planned steps of the whole run.</param>
    /// <param name="samples">N, for an automatic β.</param>
    /// <param name="entries">The entries of all cores at the start, for an automatic β.</param>
    public RankSchedule(RankPriorOptions options, long steps, long samples, long entries)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _steps = Math.Max(steps, 1);
        _klWeight = options.KlWeight ?? RankPriorOptions.AutomaticKlWeight(samples, entries);
    }

    /// <summary>Gets or sets the smoothed loss at the last event; part of a checkpoint.</summary>
    public double LossAtLastEvent { get; set; } = double.PositiveInfinity;

    /// <summary>Gets β at its full value.</summary>
    public double FullKlWeight => _klWeight;

    /// <summary>Gets β(t).</summary>
    /// <param name="step">t, from 1.</param>
    /// <returns>The weight of the KL divergence.</returns>
    public double KlWeight(long step)
    {
        double position = (double)step / _steps;
        double width = _options.KlWarmupEnd - _options.KlWarmupStart;
        double fraction = width > 0 ? Math.Clamp((position - _options.KlWarmupStart) / width, 0, 1) : position >= _options.KlWarmupEnd ? 1 : 0;
        return _options.Inference == InferenceKind.FixedRanks ? 0 : _klWeight * fraction;
    }

    /// <summary>Says whether an event follows this step: gauges move, or, where they never do, components may be pruned.</summary>
    /// <param name="step">t, from 1.</param>
    /// <returns>Whether one does.</returns>
    public bool HasEvent(long step)
    {
        int every = _options.GaugeEvery > 0 ? _options.GaugeEvery : _options.PruneEvery;
        return _options.Inference != InferenceKind.FixedRanks && every > 0 && step % every == 0;
    }

    /// <summary>Says whether gauges move after this step.</summary>
    /// <param name="step">t, from 1.</param>
    /// <returns>Whether they do.</returns>
    public bool MovesGauge(long step) => _options.GaugeEvery > 0 && HasEvent(step);

    /// <summary>Says whether components may be pruned in the event after this step, and remembers the loss for the next.</summary>
    /// <param name="step">t, at which <see cref="HasEvent"/> is true.</param>
    /// <param name="smoothedLoss">The smoothed training loss (the mean negative log-likelihood), in nats.</param>
    /// <returns>Whether to prune.</returns>
    public bool Prunes(long step, double smoothedLoss)
    {
        double fall = LossAtLastEvent - smoothedLoss;
        bool isSettled = fall < SettledFall * Math.Max(Math.Abs(LossAtLastEvent), SmallestLossScale);
        LossAtLastEvent = smoothedLoss;
        return isSettled && _klWeight > 0 && _options.PruneEvery > 0 && step % _options.PruneEvery == 0
            && KlWeight(step) >= _klWeight && step < (1 - _options.PruneEnd) * _steps;
    }
}
