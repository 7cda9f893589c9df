using Dlrm.Numerics;

namespace Dlrm.Embeddings;

/// <summary>A dense table with fewer rows than ids: ids share rows, by a modulus or because they are rare. A control.</summary>
/// <remarks>
/// <code>
/// Hash:          row(id) = id mod StoredRows
/// FrequentRows:  row(id) = min(id, StoredRows − 1)      ids are in order of falling frequency, so rare ids share the last row
/// </code>
/// </remarks>
public sealed class SharedRowsEmbeddingBag : IEmbeddingBag
{
    private readonly TableKind _kind;
    private readonly TableParameter _table;
    private readonly PoolingType _pooling;
    private readonly JaggedIndices _mapped = new();

    /// <summary>Initializes a new instance of the <see cref="SharedRowsEmbeddingBag"/> class with rows uniform on ±1/√(stored rows).</summary>
    /// <param name="device">The device.</param>
    /// <param name="name">The table's name.</param>
    /// <param name="rows">I, the number of ids.</param>
    /// <param name="dim">J.</param>
    /// <param name="kind">Hash or FrequentRows.</param>
    /// <param name="storedRows">The rows of the table.</param>
    /// <param name="pooling">Sum or mean.</param>
    /// <param name="optimizer">The optimiser of the rows.</param>
    /// <param name="stream">Where the initial rows come from.</param>
    public SharedRowsEmbeddingBag(IDevice device, string name, long rows, int dim, TableKind kind, long storedRows, PoolingType pooling, OptimizerOptions optimizer, RandomStream stream)
    {
        if (kind is not (TableKind.Hash or TableKind.FrequentRows))
        {
            throw new ArgumentException($"{name}: ids share rows by {TableKind.Hash} or {TableKind.FrequentRows}, not {kind}.", nameof(kind));
        }

        Name = name;
        Rows = rows;
        EmbeddingDim = dim;
        _kind = kind;
        _pooling = pooling;
        int stored = checked((int)Math.Min(storedRows, rows));
        _table = new TableParameter(device, name, stored, dim, optimizer, stream, 1 / Math.Sqrt(stored));
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
    public string Description => _kind == TableKind.Hash
        ? $"hash of {Rows} ids to {_table.Table.Rows} × {EmbeddingDim}"
        : $"{_table.Table.Rows - 1} most frequent of {Rows} rows and a shared one, × {EmbeddingDim}";

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
        int stored = _table.Table.Rows;
        for (int i = 0; i < source.Length; i++)
        {
            target[i] = _kind == TableKind.Hash ? source[i] % stored : Math.Min(source[i], stored - 1);
        }

        _table.Pool(_mapped, _pooling, output);
    }

    /// <inheritdoc/>
    public void Backward(Matrix outputGradient) => _table.PoolGradient(_pooling, outputGradient);

    /// <inheritdoc/>
    public void Dispose() => _table.Dispose();
}
