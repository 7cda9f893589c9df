using Dlrm.Embeddings;
using Dlrm.Numerics;

namespace Dlrm;

/// <summary>Measures the data fit of a classifier on a fixed sample of training inputs, which stays on the device.</summary>
/// <remarks>
/// <code>losses[n] = ln Σ_c e^z[n, c] − z[n, y_n]      in nats</code>
/// <para>Every measurement is one whole forward pass: nothing is kept for a focused tensor. Memory: samples · (n + C) floats, and what the MLP keeps for so many rows.</para>
/// </remarks>
public sealed class ClassifierLikelihoodProbe : ILikelihoodProbe, IDisposable
{
    private readonly ImageClassifier _model;
    private readonly int[] _labels;
    private readonly GrowingMatrix _inputs;
    private readonly GrowingMatrix _logits;
    private readonly float[] _hostLogits;

    /// <summary>Initializes a new instance of the <see cref="ClassifierLikelihoodProbe"/> class.</summary>
    /// <param name="model">The model; stays the caller's.</param>
    /// <param name="inputs">x, (samples, n) row-major; copied.</param>
    /// <param name="labels">y, one class a sample; copied.</param>
    /// <param name="trainingSamples">N, the training samples that they stand for.</param>
    /// <exception cref="ArgumentException">There are not n inputs for each label.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A label is outside <c>[0, C)</c>.</exception>
    public ClassifierLikelihoodProbe(ImageClassifier model, ReadOnlySpan<float> inputs, ReadOnlySpan<int> labels, long trainingSamples)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (inputs.Length != (long)labels.Length * model.Inputs)
        {
            throw new ArgumentException($"{labels.Length} samples of {model.Inputs} inputs need {(long)labels.Length * model.Inputs} numbers, but there are {inputs.Length}.", nameof(inputs));
        }

        _labels = labels.ToArray();
        int wrong = Array.FindIndex(_labels, label => label < 0 || label >= model.Classes);
        if (wrong >= 0)
        {
            throw new ArgumentOutOfRangeException(nameof(labels), $"The label of sample {wrong} is {_labels[wrong]}; it must be in [0, {model.Classes}).");
        }

        _model = model;
        _inputs = new GrowingMatrix(model.Device, model.Inputs);
        _inputs.Resize(labels.Length).Buffer.CopyFrom(inputs);
        _logits = new GrowingMatrix(model.Device, model.Classes);
        _hostLogits = new float[labels.Length * model.Classes];
        TrainingSamples = trainingSamples;
    }

    /// <inheritdoc/>
    public int Samples => _labels.Length;

    /// <inheritdoc/>
    public long TrainingSamples { get; }

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
        Matrix logits = _logits.Resize(Samples);
        _model.Forward(_inputs.View, logits);
        logits.Buffer.CopyTo(_hostLogits);
        for (int n = 0; n < Samples; n++)
        {
            losses[n] = Loss(_hostLogits.AsSpan(n * _model.Classes, _model.Classes), _labels[n]);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _inputs.Dispose();
        _logits.Dispose();
    }

    private static double Loss(ReadOnlySpan<float> logits, int label)
    {
        double largest = double.NegativeInfinity;
        foreach (float logit in logits)
        {
            largest = Math.Max(largest, logit);
        }

        double sum = 0;
        foreach (float logit in logits)
        {
            sum += Math.Exp(logit - largest);
        }

        return Math.Log(sum) + largest - logits[label];
    }
}
