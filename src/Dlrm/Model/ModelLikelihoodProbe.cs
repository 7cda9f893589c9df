using Dlrm.Embeddings;
using Dlrm.Numerics;

namespace Dlrm;

/// <summary>Measures the data fit of a model while one table changes: the vectors of everything else are computed once.</summary>
/// <remarks>
/// <code>losses[n] = max(z, 0) − z·y + ln(1 + e^-|z|)      in nats, with the posterior means</code>
/// <para>Memory: the feature vectors of all samples, Σ B · F · D floats on the device.</para>
/// </remarks>
public sealed class ModelLikelihoodProbe : ILikelihoodProbe, IDisposable
{
    private readonly DlrmModel _model;
    private readonly IReadOnlyList<Batch> _batches;
    private readonly DeviceBuffer<float>[] _features;
    private readonly GrowingMatrix _interaction;
    private readonly GrowingMatrix _logits;
    private readonly float[] _hostLogits;
    private int _focus = -1;

    /// <summary>Initializes a new instance of the <see cref="ModelLikelihoodProbe"/> class.</summary>
    /// <param name="model">The model.</param>
    /// <param name="batches">The samples, kept as they are.</param>
    /// <param name="trainingSamples">N, the training samples that they stand for.</param>
    public ModelLikelihoodProbe(DlrmModel model, IReadOnlyList<Batch> batches, long trainingSamples)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(batches);
        _model = model;
        _batches = batches;
        TrainingSamples = trainingSamples;
        Samples = batches.Sum(batch => batch.Size);
        InteractionArch interaction = model.Interaction;
        _features = [.. batches.Select(batch => model.Device.Allocate<float>((long)batch.Size * interaction.Count * interaction.Dim))];
        _interaction = new GrowingMatrix(model.Device, InteractionArch.OutputSize(interaction.Count, interaction.Dim));
        _logits = new GrowingMatrix(model.Device, 1);
        _hostLogits = new float[batches.Count == 0 ? 0 : batches.Max(batch => batch.Size)];
    }

    /// <inheritdoc/>
    public int Samples { get; }

    /// <inheritdoc/>
    public long TrainingSamples { get; }

    /// <summary>Computes every vector of every sample with the present means; comes before the first <see cref="Focus"/> after training steps.</summary>
    public void Refresh()
    {
        _model.UseMeans();
        for (int i = 0; i < _batches.Count; i++)
        {
            _model.ComputeFeatures(_batches[i]);
            _model.Device.Copy(_model.Interaction.Features.Buffer, 0, _features[i], 0, _features[i].Length);
        }

        _focus = -1;
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The tensor is not one of the model's tables.</exception>
    public void Focus(BayesianTensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        int table = TableOf(tensor);
        if (_focus >= 0 && _focus != table)
        {
            // What the last table has become, removed components included, stays in the vectors of all samples.
            for (int i = 0; i < _batches.Count; i++)
            {
                LookUp(i);
            }
        }

        _focus = table;
    }

    /// <inheritdoc/>
    public void Measure(Span<double> losses)
    {
        if (_focus < 0)
        {
            throw new InvalidOperationException("Nothing is focused: call Refresh and Focus before Measure.");
        }

        int first = 0;
        for (int i = 0; i < _batches.Count; i++)
        {
            Batch batch = _batches[i];
            LookUp(i);
            Matrix interaction = _interaction.Resize(batch.Size);
            Matrix logits = _logits.Resize(batch.Size);
            _model.Device.DotInteraction(Features(i), _model.Interaction.Count, _model.Interaction.Dim, interaction);
            _model.Top.Forward(interaction, logits);
            logits.Buffer.CopyTo(_hostLogits.AsSpan(0, batch.Size));
            for (int b = 0; b < batch.Size; b++)
            {
                losses[first + b] = Loss(_hostLogits[b], batch.Labels[b]);
            }

            first += batch.Size;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (DeviceBuffer<float> features in _features)
        {
            features.Dispose();
        }

        _interaction.Dispose();
        _logits.Dispose();
    }

    private static double Loss(double logit, double label) => Math.Max(logit, 0) - (logit * label) + Math.Log(1 + Math.Exp(-Math.Abs(logit)));

    private int TableOf(BayesianTensor tensor)
    {
        for (int t = 0; t < _model.Bags.Count; t++)
        {
            if (ReferenceEquals(_model.Bags[t].Tensor, tensor))
            {
                return t;
            }
        }

        throw new ArgumentException($"Tensor '{tensor.Name}' is not a table of this model.", nameof(tensor));
    }

    private Matrix Features(int i) => new(_features[i], _batches[i].Size, _model.Interaction.Count * _model.Interaction.Dim);

    private void LookUp(int i)
    {
        int dim = _model.Interaction.Dim;
        _model.Bags[_focus].Forward(_batches[i].Sparse[_focus], Features(i).ColumnBlock((_model.FirstTableVector + _focus) * dim, dim));
    }
}
