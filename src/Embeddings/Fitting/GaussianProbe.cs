using Dlrm.Numerics;

namespace Dlrm.Embeddings;

/// <summary>Measures −ln p of observed entries under Gaussian noise, for pruning: w·(y − f)²/2τ² + ½ ln τ².</summary>
internal sealed class GaussianProbe : ILikelihoodProbe, IDisposable
{
    private readonly JaggedIndices _rows;
    private readonly float[] _targets;
    private readonly float[] _weights;
    private readonly float[] _values;
    private readonly GrowingMatrix _output;
    private readonly TensorEmbeddingBag _bag;
    private readonly Func<double> _noise;

    internal GaussianProbe(IDevice device, TensorEmbeddingBag bag, ReadOnlySpan<long> rows, float[] targets, float[] weights, long trainingSamples, Func<double> noise)
    {
        _bag = bag;
        _rows = JaggedIndices.OneHot(rows);
        _targets = targets;
        _weights = weights;
        _values = new float[targets.Length];
        _output = new GrowingMatrix(device, bag.EmbeddingDim);
        _noise = noise;
        TrainingSamples = trainingSamples;
    }

    /// <inheritdoc/>
    public int Samples => _targets.Length;

    /// <inheritdoc/>
    public long TrainingSamples { get; }

    /// <inheritdoc/>
    public void Dispose() => _output.Dispose();

    /// <inheritdoc/>
    public void Focus(BayesianTensor tensor)
    {
    }

    /// <inheritdoc/>
    public void Accept()
    {
    }

    /// <inheritdoc/>
    public void Measure(Span<double> losses)
    {
        Matrix output = _output.Resize(_rows.Bags);
        _bag.Forward(_rows, output);
        output.Buffer.CopyTo(_values);
        double variance = _noise() * _noise();
        for (int i = 0; i < losses.Length; i++)
        {
            double difference = (double)_values[i] - _targets[i];
            losses[i] = (_weights[i] * difference * difference / (2 * variance)) + (0.5 * Math.Log(variance));
        }
    }
}
