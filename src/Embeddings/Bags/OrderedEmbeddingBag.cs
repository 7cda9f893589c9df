using Dlrm.Numerics;

namespace Dlrm.Embeddings;

/// <summary>A table whose rows are stored in another order than that of their ids: one in which a tensor has less to say.</summary>
/// <remarks><code>E[id, :] = inner[place[id], :]</code></remarks>
public sealed class OrderedEmbeddingBag : IEmbeddingBag
{
    private readonly IEmbeddingBag _inner;
    private readonly RowOrderParameter _order;
    private readonly JaggedIndices _mapped = new();

    /// <summary>Initializes a new instance of the <see cref="OrderedEmbeddingBag"/> class with rows in the order of their ids.</summary>
    /// <param name="inner">The stored rows; owned from now on.</param>
    public OrderedEmbeddingBag(IEmbeddingBag inner)
    {
        ArgumentNullException.ThrowIfNull(inner);
        _inner = inner;
        _order = new RowOrderParameter($"{inner.Name}.order", inner.Rows);
        Parameters = [.. inner.Parameters, _order];
    }

    /// <inheritdoc/>
    public string Name => _inner.Name;

    /// <inheritdoc/>
    public long Rows => _inner.Rows;

    /// <inheritdoc/>
    public int EmbeddingDim => _inner.EmbeddingDim;

    /// <inheritdoc/>
    public IReadOnlyList<Parameter> Parameters { get; }

    /// <inheritdoc/>
    public BayesianTensor? Tensor => _inner.Tensor;

    /// <inheritdoc/>
    public bool IsSharded => _inner.IsSharded;

    /// <inheritdoc/>
    public string Description => $"{_inner.Description}, rows in an order of their own";

    /// <inheritdoc/>
    public void Forward(JaggedIndices bags, Matrix output)
    {
        ArgumentNullException.ThrowIfNull(bags);
        bags.Validate(Rows, Name);
        _mapped.Resize(bags.Bags, bags.Count, bags.IsWeighted);
        bags.Offsets.CopyTo(_mapped.Offsets);
        bags.Weights.CopyTo(_mapped.Weights);
        ReadOnlySpan<long> source = bags.Indices;
        Span<long> target = _mapped.Indices;
        ReadOnlySpan<int> places = _order.Places;
        for (int i = 0; i < source.Length; i++)
        {
            target[i] = places[(int)source[i]];
        }

        _inner.Forward(_mapped, output);
    }

    /// <inheritdoc/>
    public void PrepareInference(InferenceOptions options) => _inner.PrepareInference(options);

    /// <inheritdoc/>
    public void Backward(Matrix outputGradient) => _inner.Backward(outputGradient);

    /// <inheritdoc/>
    public void Dispose()
    {
        _inner.Dispose();
        _order.Dispose();
    }
}
