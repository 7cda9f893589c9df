using Dlrm.Numerics;

namespace Dlrm.Data.Synthetic;

/// <summary>Collects the figures of the best possible model in fixed memory, 2 MiB.</summary>
public sealed class BayesAccumulator
{
    private readonly AucHistogram _drawn = new();
    private readonly AucHistogram _expected = new();
    private long _samples;
    private double _logLoss;
    private double _entropy;
    private double _labels;
    private double _probabilities;

    /// <summary>Adds rows.</summary>
    /// <param name="block">The rows with their true logits.</param>
    /// <param name="first">The first row within the block.</param>
    /// <param name="count">The number of rows.</param>
    public void Add(SyntheticBlock block, int first, int count)
    {
        for (int i = first; i < first + count; i++)
        {
            double logit = block.Logits[i];
            double label = block.Labels[i];
            double p = LogitCalibration.Sigmoid(logit);
            double softplus = Math.Max(logit, 0) + Math.Log(1 + Math.Exp(-Math.Abs(logit)));
            _drawn.AddLogit(logit, label);
            _expected.AddLogit(logit, p);
            _logLoss += softplus - (label * logit);
            _entropy += softplus - (p * logit);
            _labels += label;
            _probabilities += p;
        }

        _samples += count;
    }

    /// <summary>Computes the figures of all rows added so far.</summary>
    /// <returns>The figures; NaN without rows.</returns>
    public BayesFigures Compute() => new(
        _samples,
        _drawn.Auc(),
        _expected.Auc(),
        _logLoss / _samples,
        _entropy / _samples,
        _labels / _samples,
        _probabilities / _samples);
}
