using Dlrm.Numerics;

namespace Dlrm.Embeddings;

/// <summary>Keeps the most frequent rows exactly and the rest in another table.</summary>
/// <remarks>
/// <code>E[id, :] = id &lt; K ? exact[id, :] : rest[id − K, :]       ids are in order of falling frequency</code>
/// </remarks>
public sealed class HybridEmbeddingBag : IEmbeddingBag
{
    private readonly IDevice _device;
    private readonly PoolingType _pooling;
    private readonly DenseEmbeddingBag _exact;
    private readonly TensorEmbeddingBag _rest;
    private readonly JaggedIndices _exactPart = new();
    private readonly JaggedIndices _restPart = new();
    private readonly GrowingMatrix _restOutput;

    /// <summary>Initializes a new instance of the <see cref="HybridEmbeddingBag"/> class.</summary>
    /// <param name="device">The device.</param>
    /// <param name="exact">K rows with sum pooling; owned from now on.</param>
    /// <param name="rest">I − K rows with sum pooling; owned from now on.</param>
    /// <param name="pooling">Sum or mean: a mean is made by weights.</param>
    public HybridEmbeddingBag(IDevice device, DenseEmbeddingBag exact, TensorEmbeddingBag rest, PoolingType pooling)
    {
        ArgumentNullException.ThrowIfNull(exact);
        ArgumentNullException.ThrowIfNull(rest);
        _device = device;
        _exact = exact;
        _rest = rest;
        _pooling = pooling;
        _restOutput = new GrowingMatrix(device, rest.EmbeddingDim);
        Parameters = [.. exact.Parameters, .. rest.Parameters];
    }

    /// <inheritdoc/>
    public string Name => _rest.Name;

    /// <inheritdoc/>
    public long Rows => _exact.Rows + _rest.Rows;

    /// <inheritdoc/>
    public int EmbeddingDim => _rest.EmbeddingDim;

    /// <inheritdoc/>
    public IReadOnlyList<Parameter> Parameters { get; }

    /// <inheritdoc/>
    public BayesianTensor? Tensor => _rest.Tensor;

    /// <inheritdoc/>
    public string Description => $"{_exact.Rows} exact rows + {_rest.Description}";

    /// <inheritdoc/>
    public void Forward(JaggedIndices bags, Matrix output)
    {
        ArgumentNullException.ThrowIfNull(bags);
        bags.Validate(Rows, Name);
        Split(bags);
        Matrix restOutput = _restOutput.Resize(bags.Bags);
        _exact.Forward(_exactPart, output);
        _rest.Forward(_restPart, restOutput);
        _device.AddElements(output, restOutput, output);
    }

    /// <inheritdoc/>
    public void PrepareInference(InferenceOptions options) => _rest.PrepareInference(options);

    /// <inheritdoc/>
    public void Backward(Matrix outputGradient)
    {
        _exact.Backward(outputGradient);
        _rest.Backward(outputGradient);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _exact.Dispose();
        _rest.Dispose();
        _restOutput.Dispose();
    }

    private void Split(JaggedIndices bags)
    {
        bool isWeighted = bags.IsWeighted || _pooling == PoolingType.Mean;
        _exactPart.Resize(bags.Bags, bags.Count, isWeighted);
        _restPart.Resize(bags.Bags, bags.Count, isWeighted);
        int exacts = 0;
        int rests = 0;
        _exactPart.Offsets[0] = 0;
        _restPart.Offsets[0] = 0;
        for (int b = 0; b < bags.Bags; b++)
        {
            int length = bags.Offsets[b + 1] - bags.Offsets[b];
            for (int i = bags.Offsets[b]; i < bags.Offsets[b + 1]; i++)
            {
                long id = bags.Indices[i];
                (JaggedIndices part, long row, int position) = id < _exact.Rows ? (_exactPart, id, exacts++) : (_restPart, id - _exact.Rows, rests++);
                part.Indices[position] = row;
                if (isWeighted)
                {
                    part.Weights[position] = (bags.IsWeighted ? bags.Weights[i] : 1) / (_pooling == PoolingType.Mean ? length : 1);
                }
            }

            _exactPart.Offsets[b + 1] = exacts;
            _restPart.Offsets[b + 1] = rests;
        }

        _exactPart.Resize(bags.Bags, exacts, isWeighted);
        _restPart.Resize(bags.Bags, rests, isWeighted);
    }
}
