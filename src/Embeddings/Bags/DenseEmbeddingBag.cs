using Dlrm.Numerics;

namespace Dlrm.Embeddings;

/// <summary>An embedding table that stores every row as it is.</summary>
public sealed class DenseEmbeddingBag : IEmbeddingBag
{
    private readonly TableParameter _table;
    private readonly PoolingType _pooling;

    /// <summary>Initializes a new instance of the <see cref="DenseEmbeddingBag"/> class with uniform rows.</summary>
    /// <param name="device">The device.</param>
    /// <param name="name">The table's name.</param>
    /// <param name="rows">I.</param>
    /// <param name="dim">J.</param>
    /// <param name="pooling">Sum or mean.</param>
    /// <param name="optimizer">The optimiser of the rows.</param>
    /// <param name="stream">Where the initial rows come from.</param>
    /// <param name="halfWidth">Half the width of the uniform start; null: 1/√rows, as the reference DLRM.</param>
    public DenseEmbeddingBag(IDevice device, string name, long rows, int dim, PoolingType pooling, OptimizerOptions optimizer, RandomStream stream, double? halfWidth = null)
    {
        Name = name;
        Rows = rows;
        EmbeddingDim = dim;
        _pooling = pooling;
        _table = new TableParameter(device, name, checked((int)rows), dim, optimizer, stream, halfWidth ?? (1 / Math.Sqrt(rows)));
        Parameters = [_table];
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public long Rows { get; }

    /// <inheritdoc/>
    public int EmbeddingDim { get; }

    /// <inheritdoc/>
    public IReadOnlyList<Parameter> Parameters { get; }

    /// <inheritdoc/>
    public BayesianTensor? Tensor => null;

    /// <inheritdoc/>
    public string Description => $"dense {Rows} × {EmbeddingDim}";

    /// <inheritdoc/>
    public void Forward(JaggedIndices bags, Matrix output)
    {
        ArgumentNullException.ThrowIfNull(bags);
        bags.Validate(Rows, Name);
        _table.Pool(bags, _pooling, output);
    }

    /// <inheritdoc/>
    public void Backward(Matrix outputGradient) => _table.PoolGradient(_pooling, outputGradient);

    /// <inheritdoc/>
    public void Dispose() => _table.Dispose();
}
