using Dlrm.Embeddings;
using Dlrm.Numerics;

namespace Dlrm;

/// <summary>Measures the data fit of a model while one table changes: everything else is computed once.</summary>
/// <remarks>
/// <code>
/// losses[n] = max(z, 0) − z·y + ln(1 + e^-|z|)      in nats, with the posterior means
/// h = base + share_t,  share_t = W_t · [x_i · x_t for i ≠ t]      first layer of the top MLP before its activation
/// </code>
/// <para>Both h and the base, h without the focused vector, are kept: a new focus subtracts the new vector's share from h.</para>
/// <para>So a measurement costs one look-up in the focused table, F − 1 dot products a sample instead of F(F−1)/2, and as much less of the widest layer.</para>
/// <para>Memory: Σ B · (F · D + 2 · width of the first layer) floats on the device.</para>
/// </remarks>
public sealed class ModelLikelihoodProbe : ILikelihoodProbe, IDisposable
{
    private readonly DlrmModel _model;
    private readonly InteractionArch _shape;
    private readonly LinearLayer _firstLayer;
    private readonly IReadOnlyList<Batch> _batches;
    private readonly DeviceBuffer<float>[] _features;
    private readonly DeviceBuffer<float>[] _sums;
    private readonly DeviceBuffer<float>[] _bases;
    private readonly DeviceBuffer<float> _pairWeights;
    private readonly float[] _hostWeights;
    private readonly float[] _hostPairWeights;
    private readonly DeviceBuffer<float> _copyWeights;
    private readonly float[] _hostCopyWeights;
    private readonly GrowingMatrix _dots;
    private readonly GrowingMatrix _hidden;
    private readonly GrowingMatrix _logits;
    private readonly float[] _hostLogits;
    private int _focus = -1;
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
        _batches = batches;
        TrainingSamples = trainingSamples;
        Samples = batches.Sum(batch => batch.Size);
        IDevice device = model.Device;
        _features = [.. batches.Select(batch => device.Allocate<float>((long)batch.Size * _shape.Count * _shape.Dim))];
        _sums = [.. batches.Select(batch => device.Allocate<float>((long)batch.Size * _firstLayer.Outputs))];
        _bases = [.. batches.Select(batch => device.Allocate<float>((long)batch.Size * _firstLayer.Outputs))];
        _pairWeights = device.Allocate<float>((long)_firstLayer.Outputs * _shape.Count);
        _hostWeights = new float[_firstLayer.Weight.Value.Length];
        _hostPairWeights = new float[_pairWeights.Length];
        _copyWeights = device.Allocate<float>((long)_firstLayer.Outputs * _shape.Dim);
        _hostCopyWeights = new float[_copyWeights.Length];
        _dots = new GrowingMatrix(device, _shape.Count);
        _hidden = new GrowingMatrix(device, _firstLayer.Outputs);
        _logits = new GrowingMatrix(device, 1);
        _hostLogits = new float[batches.Count == 0 ? 0 : batches.Max(batch => batch.Size)];
    }

    /// <inheritdoc/>
    public int Samples { get; }

    /// <inheritdoc/>
    public long TrainingSamples { get; }

    private int Vector => _model.FirstTableVector + _focus;

    /// <summary>Computes every vector of every sample with the present means; comes before the first <see cref="Focus"/> after training steps.</summary>
    public void Refresh()
    {
        _model.UseMeans();
        for (int i = 0; i < _batches.Count; i++)
        {
            _model.ComputeFeatures(_batches[i]);
            _model.Device.Copy(_shape.Features.Buffer, 0, _features[i], 0, _features[i].Length);
            _shape.Forward();
            _model.Device.Gemm(_shape.Output, false, new Matrix(_firstLayer.Weight.Value, _firstLayer.Outputs, _firstLayer.Inputs), true, Sum(i), _firstLayer.Bias.Value);
        }

        _firstLayer.Weight.Value.CopyTo(_hostWeights);
        _focus = -1;
        _isRefreshed = true;
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The tensor is not one of the model's tables.</exception>
    /// <exception cref="InvalidOperationException"><see cref="Refresh"/> was never called.</exception>
    public void Focus(BayesianTensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        int table = TableOf(tensor);
        if (!_isRefreshed)
        {
            throw new InvalidOperationException("Nothing is cached: call Refresh before Focus.");
        }

        if (_focus == table)
        {
            return;
        }

        for (int i = 0; i < _batches.Count && _focus >= 0; i++)
        {
            // The vectors of the last table are what it has become.
            LookUp(i);
        }

        _focus = table;
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
        for (int i = 0; i < _batches.Count && _focus >= 0; i++)
        {
            LookUp(i);
            _model.Device.Copy(_bases[i], 0, _sums[i], 0, _bases[i].Length);
            AddShare(i, Sum(i), Activation.None);
        }
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
            Matrix logits = Logits(i);
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
        foreach (IDisposable resource in _features.Concat<IDisposable>(_sums).Concat(_bases).Concat([_pairWeights, _copyWeights, _dots, _hidden, _logits]))
        {
            resource.Dispose();
        }
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

    private Matrix Features(int i) => new(_features[i], _batches[i].Size, _shape.Count * _shape.Dim);

    private Matrix FocusedVector(int i) => Features(i).ColumnBlock(Vector * _shape.Dim, _shape.Dim);

    private Matrix Sum(int i) => new(_sums[i], _batches[i].Size, _firstLayer.Outputs);

    private Matrix Base(int i) => new(_bases[i], _batches[i].Size, _firstLayer.Outputs);

    private void LookUp(int i) => _model.Bags[_focus].Forward(_batches[i].Sparse[_focus], FocusedVector(i));

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
                int high = Math.Max(i, Vector);
                int column = _shape.Dim + (high * (high - 1) / 2) + Math.Min(i, Vector);
                _hostPairWeights[(o * _shape.Count) + i] = i == Vector ? 0 : sign * weights[column];
            }

            for (int c = 0; c < _shape.Dim && Vector == 0; c++)
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
        device.FeatureDots(Features(i), _shape.Count, _shape.Dim, Vector, dots);
        if (Vector == 0)
        {
            device.Gemm(FocusedVector(i), false, new Matrix(_copyWeights, _firstLayer.Outputs, _shape.Dim), true, hidden, accumulate: true);
        }

        device.Gemm(dots, false, new Matrix(_pairWeights, _firstLayer.Outputs, _shape.Count), true, hidden, null, activation, accumulate: true);
    }

    private Matrix Logits(int i)
    {
        int samples = _batches[i].Size;
        bool isOnlyLayer = _model.Top.Layers.Length == 1;
        Matrix logits = _logits.Resize(samples);
        Matrix hidden = isOnlyLayer ? logits : _hidden.Resize(samples);
        _model.Device.Copy(_bases[i], 0, hidden.Buffer, 0, _bases[i].Length);
        AddShare(i, hidden, _firstLayer.Activation);
        if (!isOnlyLayer)
        {
            _model.Top.Forward(hidden, logits, first: 1);
        }

        return logits;
    }
}
