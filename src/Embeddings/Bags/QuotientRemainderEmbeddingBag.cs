using Dlrm.Numerics;

namespace Dlrm.Embeddings;

/// <summary>Two small tables whose rows are multiplied, so that every id has a row of its own. A control.</summary>
/// <remarks>
/// <code>E[id, :] = Q[⌊id / m⌋, :] ∘ M[id mod m, :]       m = stored remainder rows, Q has ⌈I / m⌉ rows</code>
/// <para>Source: Shi et al., "Compositional Embeddings Using Complementary Partitions for Memory-Efficient Recommendation Systems", KDD 2020.</para>
/// </remarks>
public sealed class QuotientRemainderEmbeddingBag : IEmbeddingBag
{
    private readonly IDevice _device;
    private readonly PoolingType _pooling;
    private readonly TableParameter _quotient;
    private readonly TableParameter _remainder;
    private readonly RowGroups _groups;
    private readonly JaggedIndices _quotientRows = new();
    private readonly JaggedIndices _remainderRows = new();
    private readonly GrowingMatrix _quotientValues;
    private readonly GrowingMatrix _remainderValues;
    private readonly GrowingMatrix _rows;
    private long[] _unique = [];

    /// <summary>Initializes a new instance of the <see cref="QuotientRemainderEmbeddingBag"/> class.</summary>
    /// <param name="device">The device.</param>
    /// <param name="name">The table's name.</param>
    /// <param name="rows">I, the number of ids.</param>
    /// <param name="dim">J.</param>
    /// <param name="remainderRows">m.</param>
    /// <param name="pooling">Sum or mean.</param>
    /// <param name="optimizer">The optimiser of the rows.</param>
    /// <param name="stream">Where the initial rows come from; a product of two entries has the deviation of a dense table's.</param>
    public QuotientRemainderEmbeddingBag(IDevice device, string name, long rows, int dim, long remainderRows, PoolingType pooling, OptimizerOptions optimizer, RandomStream stream)
    {
        _device = device;
        Name = name;
        Rows = rows;
        EmbeddingDim = dim;
        _pooling = pooling;
        int remainders = checked((int)Math.Min(remainderRows, rows));
        int quotients = checked((int)(((rows - 1) / remainders) + 1));

        // Var(q·m) = h²/3 · h²/3 for half-widths h each; it is to be 1/(3·I).
        double halfWidth = Math.Pow(3.0 / rows, 0.25);
        _quotient = new TableParameter(device, $"{name}.quotient", quotients, dim, optimizer, stream.Derive(0), halfWidth);
        _remainder = new TableParameter(device, $"{name}.remainder", remainders, dim, optimizer, stream.Derive(1), halfWidth);
        Parameters = [_quotient, _remainder];
        _groups = new RowGroups(device);
        _quotientValues = new GrowingMatrix(device, dim);
        _remainderValues = new GrowingMatrix(device, dim);
        _rows = new GrowingMatrix(device, dim);
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
    public string Description => $"quotient {_quotient.Table.Rows} and remainder {_remainder.Table.Rows} of {Rows} ids, × {EmbeddingDim}";

    /// <inheritdoc/>
    public void Forward(JaggedIndices bags, Matrix output)
    {
        ArgumentNullException.ThrowIfNull(bags);
        bags.Validate(Rows, Name);
        _device.GroupRows(bags, _groups);
        SplitUniqueRows();
        int count = _groups.UniqueCount;
        Matrix quotients = _quotientValues.Resize(count);
        Matrix remainders = _remainderValues.Resize(count);
        Matrix rows = _rows.Resize(count);
        _quotient.Pool(_quotientRows, PoolingType.Sum, quotients);
        _remainder.Pool(_remainderRows, PoolingType.Sum, remainders);
        _device.MultiplyElements(quotients, remainders, rows);
        _device.PoolUniqueRows(rows, _groups, _pooling, output);
    }

    /// <inheritdoc/>
    public void Backward(Matrix outputGradient)
    {
        int count = _groups.UniqueCount;
        Matrix quotients = _quotientValues.Resize(count);
        Matrix remainders = _remainderValues.Resize(count);
        Matrix gradient = _rows.Resize(count);
        _device.UniqueRowGradients(_groups, _pooling, outputGradient, gradient);
        _device.MultiplyElements(gradient, remainders, remainders);
        _device.MultiplyElements(gradient, quotients, quotients);
        _quotient.PoolGradient(PoolingType.Sum, remainders);
        _remainder.PoolGradient(PoolingType.Sum, quotients);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _quotient.Dispose();
        _remainder.Dispose();
        _groups.Dispose();
        _quotientValues.Dispose();
        _remainderValues.Dispose();
        _rows.Dispose();
    }

    private void SplitUniqueRows()
    {
        int count = _groups.UniqueCount;
        if (_unique.Length < count)
        {
            _unique = new long[count * 2];
        }

        _groups.UniqueRows.CopyTo(_unique.AsSpan(0, count));
        _quotientRows.Resize(count, count, isWeighted: false);
        _remainderRows.Resize(count, count, isWeighted: false);
        for (int u = 0; u < count; u++)
        {
            (long quotient, long remainder) = Math.DivRem(_unique[u], _remainder.Table.Rows);
            _quotientRows.Indices[u] = quotient;
            _remainderRows.Indices[u] = remainder;
            _quotientRows.Offsets[u] = u;
            _remainderRows.Offsets[u] = u;
        }

        _quotientRows.Offsets[count] = count;
        _remainderRows.Offsets[count] = count;
    }
}
