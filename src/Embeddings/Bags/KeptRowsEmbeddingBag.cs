using Dlrm.Numerics;

namespace Dlrm.Embeddings;

/// <summary>Reads rare ids as the unknown one, id 0, so that a smaller table behind it serves all ids.</summary>
/// <remarks>
/// <code>E[id, :] = id &lt; K ? inner[id, :] : inner[0, :]       ids are in order of falling frequency after the unknown one</code>
/// </remarks>
public sealed class KeptRowsEmbeddingBag : IEmbeddingBag
{
    private readonly IEmbeddingBag _inner;
    private readonly JaggedIndices _mapped = new();

    /// <summary>Initializes a new instance of the <see cref="KeptRowsEmbeddingBag"/> class.</summary>
    /// <param name="rows">I, the number of ids.</param>
    /// <param name="inner">K rows; owned from now on.</param>
    public KeptRowsEmbeddingBag(long rows, IEmbeddingBag inner)
    {
        ArgumentNullException.ThrowIfNull(inner);
        _inner = inner;
        Rows = rows;
    }

    /// <inheritdoc/>
    public string Name => _inner.Name;

    /// <inheritdoc/>
    public long Rows { get; }

    /// <inheritdoc/>
    public int EmbeddingDim => _inner.EmbeddingDim;

    /// <inheritdoc/>
    public IReadOnlyList<Parameter> Parameters => _inner.Parameters;

    /// <inheritdoc/>
    public BayesianTensor? Tensor => _inner.Tensor;

    /// <inheritdoc/>
    public bool IsSharded => _inner.IsSharded;

    /// <inheritdoc/>
    public string Description => $"{_inner.Description}, {Rows - _inner.Rows} rarer ids as id 0";

    /// <inheritdoc/>
    public void Forward(JaggedIndices bags, Matrix output)
    {
        ArgumentNullException.ThrowIfNull(bags);
        bags.Validate(Rows, Name);
        _mapped.Resize(bags.Bags, bags.Count, bags.IsWeighted);
        bags.Offsets.CopyTo(_mapped.Offsets);
        bags.Weights.CopyTo(_mapped.Weights);
        Span<long> source = bags.Indices;
        Span<long> target = _mapped.Indices;
        for (int i = 0; i < source.Length; i++)
        {
            target[i] = source[i] < _inner.Rows ? source[i] : 0;
        }

        _inner.Forward(_mapped, output);
    }

    /// <inheritdoc/>
    public void PrepareInference(InferenceOptions options) => _inner.PrepareInference(options);

    /// <inheritdoc/>
    public void Backward(Matrix outputGradient) => _inner.Backward(outputGradient);

    /// <inheritdoc/>
    public void Dispose() => _inner.Dispose();
}
