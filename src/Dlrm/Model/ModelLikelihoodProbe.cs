using Dlrm.Embeddings;
using Dlrm.Numerics;

namespace Dlrm;

/// <summary>Measures the data fit of a model while one tensor changes: what doesn't depend on it is computed once.</summary>
/// <remarks>
/// <code>
/// losses[n] = max(z, 0) − z·y + ln(1 + e^-|z|)      in nats, with the posterior means
/// h = base + share_t,  share_t = W_t · [x_i · x_t for i ≠ t]      first layer of the top MLP before its activation
/// </code>
/// <para>A table, or a weight of the bottom MLP, changes one feature vector: that one is computed again. Both h and the base, h without the focused
/// vector, are kept: a new focus subtracts the new vector's share from h. So a measurement costs one look-up in the focused table, F − 1 dot products a
/// sample instead of F(F−1)/2, and as much less of the widest layer. Columns W_t are those of a dense layer: when the first layer of the top MLP is
/// tensorised, the whole interaction and the top MLP run instead.</para>
/// <para>A weight of the top MLP changes no vector: the whole interaction and the top MLP run.</para>
/// <para>Memory: Σ B · (dense features + F · D + 2 · width of the first layer) floats on the device.</para>
/// </remarks>
public sealed class ModelLikelihoodProbe : ILikelihoodProbe, IDisposable
{
    private readonly DlrmModel _model;
    private readonly InteractionArch _shape;
    private readonly ILinearLayer _firstLayer;
    private readonly LinearLayer? _denseFirstLayer;
    private readonly IReadOnlyList<Batch> _batches;
    private readonly DeviceBuffer<float>[] _dense;
    private readonly DeviceBuffer<float>[] _features;
    private readonly DeviceBuffer<float>[] _sums;
    private readonly DeviceBuffer<float>[] _bases;
    private readonly DeviceBuffer<float> _pairWeights;
    private readonly float[] _hostWeights;
    private readonly float[] _hostPairWeights;
    private readonly DeviceBuffer<float> _copyWeights;
    private readonly float[] _hostCopyWeights;
    private readonly GrowingMatrix _dots;
    private readonly GrowingMatrix _interaction;
    private readonly GrowingMatrix _hidden;
    private readonly GrowingMatrix _logits;
    private readonly float[] _hostLogits;
    private BayesianTensor? _focus;
    private int _vector = -1;
    private bool _isRefreshed;

    /// <summary>Initializes a new instance of the <see cref="ModelLikelihoodProbe"/> class.</summary>
    /// <param name="model">The model.</param>
    /// <param name="batches">The samples, kept as they are.</param>
    /// <param name="trainingSamples">N, the training samples that they stand for.</param>
    public ModelLikelihoodProbe(DlrmModel model, IReadOnlyList<Batch> batches, long trainingSamples)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(batches);
        _model = model;
        _shape = model.Interaction;
        _firstLayer = model.Top.Layers[0];
        _denseFirstLayer = _firstLayer as LinearLayer;
        int sumColumns = _denseFirstLayer is null ? 0 : _firstLayer.Outputs;
        _batches = batches;
        TrainingSamples = trainingSamples;
        Samples = batches.Sum(batch => batch.Size);
        IDevice device = model.Device;
        _dense = [.. batches.Select(batch => device.Allocate<float>((long)batch.Size * batch.DenseFeatures))];
        _features = [.. batches.Select(batch => device.Allocate<float>((long)batch.Size * _shape.Count * _shape.Dim))];
        _sums = [.. batches.Select(batch => device.Allocate<float>((long)batch.Size * sumColumns))];
        _bases = [.. batches.Select(batch => device.Allocate<float>((long)batch.Size * sumColumns))];
        _pairWeights = device.Allocate<float>((long)_firstLayer.Outputs * _shape.Count);
        _hostWeights = new float[_denseFirstLayer?.Weight.Value.Length ?? 0];
        _hostPairWeights = new float[_pairWeights.Length];
        _copyWeights = device.Allocate<float>((long)_firstLayer.Outputs * _shape.Dim);
        _hostCopyWeights = new float[_copyWeights.Length];
        _dots = new GrowingMatrix(device, _shape.Count);
        _interaction = new GrowingMatrix(device, InteractionArch.OutputSize(_shape.Count, _shape.Dim));
        _hidden = new GrowingMatrix(device, _firstLayer.Outputs);
        _logits = new GrowingMatrix(device, 1);
        _hostLogits = new float[batches.Count == 0 ? 0 : batches.Max(batch => batch.Size)];
        for (int i = 0; i < batches.Count; i++)
        {
            _dense[i].CopyFrom(batches[i].Dense);
        }
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
            _model.Device.Copy(_shape.Features.Buffer, 0, _features[i], 0, _features[i].Length);
            if (_denseFirstLayer is LinearLayer first)
            {
                _shape.Forward();
                _model.Device.Gemm(_shape.Output, false, new Matrix(first.Weight.Value, first.Outputs, first.Inputs), true, Sum(i), first.Bias.Value);
            }
        }

        _denseFirstLayer?.Weight.Value.CopyTo(_hostWeights);
        _focus = null;
        _vector = -1;
        _isRefreshed = true;
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The tensor is not one of the model's.</exception>
    /// <exception cref="InvalidOperationException"><see cref="Refresh"/> was never called.</exception>
    public void Focus(BayesianTensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        int vector = VectorOf(tensor);
        if (!_isRefreshed)
        {
            throw new InvalidOperationException("Nothing is cached: call Refresh before Focus.");
        }

        if (ReferenceEquals(_focus, tensor))
        {
            return;
        }

        for (int i = 0; i < _batches.Count && _vector >= 0; i++)
        {
            // The vectors of the last tensor are what it has become.
            ComputeVector(i);
        }

        _focus = tensor;
        _vector = vector;
        if (vector < 0 || _denseFirstLayer is null)
        {
            return;
        }

        GatherWeights(sign: -1);
        for (int i = 0; i < _batches.Count; i++)
        {
            _model.Device.Copy(_sums[i], 0, _bases[i], 0, _sums[i].Length);
            AddShare(i, Base(i), Activation.None);
        }

        GatherWeights(sign: 1);
    }

    /// <inheritdoc/>
    public void Accept()
    {
        for (int i = 0; i < _batches.Count && _vector >= 0; i++)
        {
            ComputeVector(i);
            if (_denseFirstLayer is not null)
            {
                _model.Device.Copy(_bases[i], 0, _sums[i], 0, _bases[i].Length);
                AddShare(i, Sum(i), Activation.None);
            }
        }
    }

    /// <inheritdoc/>
    public void Measure(Span<double> losses)
    {
        if (_focus is null)
        {
            throw new InvalidOperationException("Nothing is focused: call Refresh and Focus before Measure.");
        }

        int first = 0;
        for (int i = 0; i < _batches.Count; i++)
        {
            Batch batch = _batches[i];
            if (_vector >= 0)
            {
                ComputeVector(i);
            }

            Matrix logits = _vector >= 0 && _denseFirstLayer is not null ? LogitsOfChangedVector(i, _denseFirstLayer) : LogitsOfVectors(i);
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
        foreach (IDisposable resource in _dense.Concat<IDisposable>(_features).Concat(_sums).Concat(_bases).Concat([_pairWeights, _copyWeights, _dots, _interaction, _hidden, _logits]))
        {
            resource.Dispose();
        }
    }

    private static double Loss(double logit, double label) => Math.Max(logit, 0) - (logit * label) + Math.Log(1 + Math.Exp(-Math.Abs(logit)));

    /// <summary>Finds the feature vector that a tensor changes; −1: none, it is a weight of the top MLP.</summary>
    private int VectorOf(BayesianTensor tensor)
    {
        for (int t = 0; t < _model.Bags.Count; t++)
        {
            if (ReferenceEquals(_model.Bags[t].Tensor, tensor))
            {
                return _model.FirstTableVector + t;
            }
        }

        return IsIn(_model.Bottom) ? 0
            : IsIn(_model.Top) ? -1
            : throw new ArgumentException($"Tensor '{tensor.Name}' is not one of this model's.", nameof(tensor));

        bool IsIn(Mlp? mlp) => mlp is not null && mlp.Layers.Any(layer => ReferenceEquals(layer.Tensor, tensor));
    }

    private Matrix Features(int i) => new(_features[i], _batches[i].Size, _shape.Count * _shape.Dim);

    private Matrix FocusedVector(int i) => Features(i).ColumnBlock(_vector * _shape.Dim, _shape.Dim);

    private Matrix Sum(int i) => new(_sums[i], _batches[i].Size, _firstLayer.Outputs);

    private Matrix Base(int i) => new(_bases[i], _batches[i].Size, _firstLayer.Outputs);

    /// <summary>Computes the focused vector with the model's present tensors.</summary>
    private void ComputeVector(int i)
    {
        if (_vector < _model.FirstTableVector)
        {
            _model.Bottom!.Forward(new Matrix(_dense[i], _batches[i].Size, _batches[i].DenseFeatures), FocusedVector(i));
            return;
        }

        int table = _vector - _model.FirstTableVector;
        _model.Bags[table].Forward(_batches[i].Sparse[table], FocusedVector(i));
    }

    /// <summary>
    /// Collects the first layer's columns that the focused vector is in: those of its pairs, W_t[o, i] = ±W[o, D + pair(t, i)] and 0 for i = t, and
    /// for vector 0 the first D, which multiply the vector itself.
    /// </summary>
    private void GatherWeights(int sign)
    {
        for (int o = 0; o < _firstLayer.Outputs; o++)
        {
            ReadOnlySpan<float> weights = _hostWeights.AsSpan(o * _firstLayer.Inputs, _firstLayer.Inputs);
            for (int i = 0; i < _shape.Count; i++)
            {
                int high = Math.Max(i, _vector);
                int column = _shape.Dim + (high * (high - 1) / 2) + Math.Min(i, _vector);
                _hostPairWeights[(o * _shape.Count) + i] = i == _vector ? 0 : sign * weights[column];
            }

            for (int c = 0; c < _shape.Dim && _vector == 0; c++)
            {
                _hostCopyWeights[(o * _shape.Dim) + c] = sign * weights[c];
            }
        }

        _pairWeights.CopyFrom(_hostPairWeights);
        _copyWeights.CopyFrom(_hostCopyWeights);
    }

    /// <summary>Adds ± the focused vector's share of the first layer, then applies an activation.</summary>
    private void AddShare(int i, Matrix hidden, Activation activation)
    {
        IDevice device = _model.Device;
        Matrix dots = _dots.Resize(_batches[i].Size);
        device.FeatureDots(Features(i), _shape.Count, _shape.Dim, _vector, dots);
        if (_vector == 0)
        {
            device.Gemm(FocusedVector(i), false, new Matrix(_copyWeights, _firstLayer.Outputs, _shape.Dim), true, hidden, accumulate: true);
        }

        device.Gemm(dots, false, new Matrix(_pairWeights, _firstLayer.Outputs, _shape.Count), true, hidden, null, activation, accumulate: true);
    }

    /// <summary>Computes the logits from the base and the focused vector's share.</summary>
    private Matrix LogitsOfChangedVector(int i, LinearLayer firstLayer)
    {
        int samples = _batches[i].Size;
        bool isOnlyLayer = _model.Top.Layers.Length == 1;
        Matrix logits = _logits.Resize(samples);
        Matrix hidden = isOnlyLayer ? logits : _hidden.Resize(samples);
        _model.Device.Copy(_bases[i], 0, hidden.Buffer, 0, _bases[i].Length);
        AddShare(i, hidden, firstLayer.Activation);
        if (!isOnlyLayer)
        {
            _model.Top.Forward(hidden, logits, first: 1);
        }

        return logits;
    }

    /// <summary>Computes the logits from the vectors by the whole interaction and the top MLP.</summary>
    private Matrix LogitsOfVectors(int i)
    {
        Matrix interaction = _interaction.Resize(_batches[i].Size);
        Matrix logits = _logits.Resize(_batches[i].Size);
        _model.Device.DotInteraction(Features(i), _shape.Count, _shape.Dim, interaction);
        _model.Top.Forward(interaction, logits);
        return logits;
    }
}
