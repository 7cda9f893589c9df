using Dlrm.Numerics;

namespace Dlrm.Metrics;

/// <summary>Collects what the metrics of a binary classifier need; states of several workers add, and one formula follows.</summary>
/// <remarks>
/// <para>Up to <c>exactLimit</c> samples are kept and AUC is by sorting; beyond, they move into an <see cref="AucHistogram"/> and memory
/// no longer grows. <see cref="Merge"/> keeps AUC exact while the sum of both stays within the limit; <see cref="ExportState"/> is for an
/// all-reduce of fixed length, and always in histogram form.</para>
/// <para>Memory: 8 bytes a sample up to the limit (80 MB at the default), then 1 MiB. Not thread-safe.</para>
/// </remarks>
public sealed class ClassificationMetrics
{
    /// <summary>The number of equal bins of the reliability table.</summary>
    public const int ReliabilityBins = 20;

    /// <summary>The default of the most samples whose AUC is found by sorting.</summary>
    public const int DefaultExactLimit = 10_000_000;

    /// <summary>The length of the exported state.</summary>
    public const int StateLength = SumsLength + AucHistogram.StateLength;

    // Sums: samples, log loss, labels, probabilities, correct, saturated; then samples, probabilities, labels of each reliability bin.
    private const int SamplesAt = 0;
    private const int LogLossAt = 1;
    private const int LabelsAt = 2;
    private const int ProbabilitiesAt = 3;
    private const int CorrectAt = 4;
    private const int SaturatedAt = 5;
    private const int ReliabilityAt = 6;
    private const int SumsLength = ReliabilityAt + (3 * ReliabilityBins);

    private readonly double[] _sums = new double[SumsLength];
    private readonly int _exactLimit;
    private float[] _probabilities = [];
    private float[] _labels = [];
    private int _kept;
    private AucHistogram? _histogram;

    /// <summary>Initializes a new instance of the <see cref="ClassificationMetrics"/> class without samples.</summary>
    /// <param name="exactLimit">The most samples to keep for AUC by sorting; 0 for the histogram from the start.</param>
    public ClassificationMetrics(int exactLimit = DefaultExactLimit)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(exactLimit);
        _exactLimit = exactLimit;
    }

    /// <summary>Gets the number of samples added.</summary>
    public long Samples => (long)_sums[SamplesAt];

    /// <summary>Makes metrics from a state that <see cref="ExportState"/> wrote, or from the element-wise sum of several.</summary>
    /// <param name="state"><see cref="StateLength"/> numbers.</param>
    /// <returns>The metrics, in histogram form.</returns>
    /// <exception cref="ArgumentException">The state has another length.</exception>
    public static ClassificationMetrics FromState(ReadOnlySpan<double> state)
    {
        RequireLength(state.Length);
        ClassificationMetrics metrics = new(exactLimit: 0) { _histogram = new AucHistogram() };
        state[..SumsLength].CopyTo(metrics._sums);
        state[SumsLength..].CopyTo(metrics._histogram.State);
        return metrics;
    }

    /// <summary>Adds samples.</summary>
    /// <param name="probabilities">n probabilities in [0, 1].</param>
    /// <param name="labels">n labels in [0, 1].</param>
    /// <exception cref="ArgumentException">The lengths differ, or a number is NaN or outside [0, 1]; nothing is added then.</exception>
    public void Add(ReadOnlySpan<float> probabilities, ReadOnlySpan<float> labels)
    {
        if (probabilities.Length != labels.Length)
        {
            throw new ArgumentException($"There are {probabilities.Length} probabilities but {labels.Length} labels; each probability needs its label.");
        }

        RequireUnitInterval(probabilities, "Probability");
        RequireUnitInterval(labels, "Label");
        for (int i = 0; i < probabilities.Length; i++)
        {
            AddToSums(probabilities[i], labels[i]);
        }

        AddToOrder(probabilities, labels);
    }

    /// <summary>Adds the samples of another instance.</summary>
    /// <param name="other">The metrics of another worker or split; left as they are.</param>
    public void Merge(ClassificationMetrics other)
    {
        for (int i = 0; i < SumsLength; i++)
        {
            _sums[i] += other._sums[i];
        }

        if (other._histogram is not null)
        {
            MoveToHistogram().Merge(other._histogram);
        }
        else
        {
            AddToOrder(other._probabilities.AsSpan(0, other._kept), other._labels.AsSpan(0, other._kept));
        }
    }

    /// <summary>Writes the additive state: element-wise sums over workers give the state of all samples.</summary>
    /// <param name="state">Receives <see cref="StateLength"/> numbers.</param>
    /// <exception cref="ArgumentException">The span has another length.</exception>
    public void ExportState(Span<double> state)
    {
        RequireLength(state.Length);
        AucHistogram histogram = _histogram ?? new AucHistogram();
        for (int i = 0; i < _kept; i++)
        {
            histogram.Add(_probabilities[i], _labels[i]);
        }

        _sums.CopyTo(state);
        histogram.State.CopyTo(state[SumsLength..]);
    }

    /// <summary>Computes the metrics of all samples added so far; more can be added afterwards.</summary>
    /// <returns>The metrics.</returns>
    public MetricsResult Compute()
    {
        double samples = _sums[SamplesAt];
        double logLoss = _sums[LogLossAt] / samples;
        double meanLabel = _sums[LabelsAt] / samples;
        ReliabilityBin[] reliability = new ReliabilityBin[ReliabilityBins];
        for (int b = 0; b < ReliabilityBins; b++)
        {
            ReadOnlySpan<double> bin = _sums.AsSpan(ReliabilityAt + (3 * b), 3);
            reliability[b] = new ReliabilityBin(
                (double)b / ReliabilityBins, (double)(b + 1) / ReliabilityBins, (long)bin[0], bin[1] / bin[0], bin[2] / bin[0]);
        }

        return new MetricsResult
        {
            Samples = Samples,
            LogLoss = logLoss,
            Auc = _histogram?.Auc() ?? ClassificationFormulas.AucBySorting(
                _probabilities.AsSpan(0, _kept).ToArray(), _labels.AsSpan(0, _kept).ToArray()),
            AucErrorBound = _histogram?.ErrorBound() ?? 0,
            NormalizedEntropy = ClassificationFormulas.NormalizedEntropy(logLoss, meanLabel),
            Calibration = _sums[LabelsAt] > 0 ? _sums[ProbabilitiesAt] / _sums[LabelsAt] : double.NaN,
            Accuracy = _sums[CorrectAt] / samples,
            MeanLabel = meanLabel,
            MeanProbability = _sums[ProbabilitiesAt] / samples,
            SaturatedSamples = (long)_sums[SaturatedAt],
            Reliability = reliability,
        };
    }

    private static void RequireLength(int length)
    {
        if (length != StateLength)
        {
            throw new ArgumentException($"The state of the metrics has {StateLength} numbers, but the span has {length}.");
        }
    }

    private static void RequireUnitInterval(ReadOnlySpan<float> values, string what)
    {
        for (int i = 0; i < values.Length; i++)
        {
            if (!(values[i] >= 0 && values[i] <= 1))
            {
                throw new ArgumentException($"{what} {i} is {values[i]}, but must lie in [0, 1].");
            }
        }
    }

    private void AddToSums(float probability, float label)
    {
        _sums[SamplesAt]++;
        _sums[LogLossAt] += ClassificationFormulas.LogLossTerm(probability, label);
        _sums[LabelsAt] += label;
        _sums[ProbabilitiesAt] += probability;
        _sums[CorrectAt] += probability >= 0.5f ? label : 1 - (double)label;
        _sums[SaturatedAt] += probability is 0 or 1 ? 1 : 0;
        Span<double> bin = _sums.AsSpan(ReliabilityAt + (3 * Math.Min((int)((double)probability * ReliabilityBins), ReliabilityBins - 1)), 3);
        bin[0]++;
        bin[1] += probability;
        bin[2] += label;
    }

    /// <summary>Adds samples to what AUC is computed from.</summary>
    private void AddToOrder(ReadOnlySpan<float> probabilities, ReadOnlySpan<float> labels)
    {
        int count = probabilities.Length;
        if (_histogram is null && (long)_kept + count <= _exactLimit)
        {
            if (_kept + count > _probabilities.Length)
            {
                int capacity = (int)Math.Min(_exactLimit, Math.Max(_kept + count, 2L * _probabilities.Length));
                Array.Resize(ref _probabilities, capacity);
                Array.Resize(ref _labels, capacity);
            }

            probabilities.CopyTo(_probabilities.AsSpan(_kept));
            labels.CopyTo(_labels.AsSpan(_kept));
            _kept += count;
            return;
        }

        AucHistogram histogram = MoveToHistogram();
        for (int i = 0; i < count; i++)
        {
            histogram.Add(probabilities[i], labels[i]);
        }
    }

    private AucHistogram MoveToHistogram()
    {
        if (_histogram is null)
        {
            _histogram = new AucHistogram();
            for (int i = 0; i < _kept; i++)
            {
                _histogram.Add(_probabilities[i], _labels[i]);
            }

            _kept = 0;
            _probabilities = [];
            _labels = [];
        }

        return _histogram;
    }
}
