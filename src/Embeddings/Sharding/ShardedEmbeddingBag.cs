using Dlrm.Numerics;

namespace Dlrm.Embeddings;

/// <summary>A dense embedding table that no worker holds whole: rows are fetched from their owners and pooled here.</summary>
/// <remarks>
/// <code>
/// forward    distinct ids of the bags → owners; E[ids, :] → here; pooled as <see cref="DenseEmbeddingBag"/> does
/// backward   gradients of the distinct rows → owners, which add those of all workers in order of worker
/// step       the owner's optimiser on its touched rows
/// </code>
/// <para>Forward and backward are collectives: a worker without samples calls them with no bags. Rows have the bits of the unsharded table: at the start, and pooled.</para>
/// <para>Cost for each worker of W with U distinct ids of U·(W − 1)/W on others: 8·U bytes of ids and 4·U·D of rows each way, in 3 exchanges and one of counts a step.</para>
/// </remarks>
public sealed class ShardedEmbeddingBag : IEmbeddingBag
{
    private readonly IDevice _device;
    private readonly IRowExchange _exchange;
    private readonly ShardedTableParameter _table;
    private readonly PoolingType _pooling;
    private readonly RowRoutes _routes;
    private readonly RowGroups _groups;
    private readonly JaggedIndices _asked = new();
    private readonly GrowingMatrix _rows;
    private readonly GrowingMatrix _answers;
    private long[] _ids = [];
    private float[] _hostRows = [];
    private float[] _hostAnswers = [];

    /// <summary>Initializes a new instance of the <see cref="ShardedEmbeddingBag"/> class with the uniform rows of a <see cref="DenseEmbeddingBag"/> of the same stream.</summary>
    /// <param name="device">The device.</param>
    /// <param name="shards">The workers.</param>
    /// <param name="name">The table's name.</param>
    /// <param name="rows">I.</param>
    /// <param name="dim">J.</param>
    /// <param name="pooling">Sum or mean.</param>
    /// <param name="optimizer">The optimiser of the rows.</param>
    /// <param name="stream">Where the initial rows come from.</param>
    public ShardedEmbeddingBag(IDevice device, RowShards shards, string name, long rows, int dim, PoolingType pooling, OptimizerOptions optimizer, RandomStream stream)
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(shards);
        Name = name;
        Rows = rows;
        EmbeddingDim = dim;
        _device = device;
        _exchange = shards.Exchange;
        _pooling = pooling;
        _table = new ShardedTableParameter(device, shards, name, rows, dim, optimizer, stream, 1 / Math.Sqrt(rows));
        _routes = new RowRoutes(shards.Exchange, dim);
        _groups = new RowGroups(device);
        _rows = new GrowingMatrix(device, dim);
        _answers = new GrowingMatrix(device, dim);
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
    public string Description => $"dense {Rows} × {EmbeddingDim}, rows over {_exchange.Workers} workers";

    /// <inheritdoc/>
    public bool IsSharded => true;

    /// <inheritdoc/>
    public void Forward(JaggedIndices bags, Matrix output)
    {
        ArgumentNullException.ThrowIfNull(bags);
        bags.Validate(Rows, Name);
        _device.GroupRows(bags, _groups);
        Span<long> ids = Grow(ref _ids, _groups.UniqueCount);
        _groups.UniqueRows.CopyTo(ids);
        _routes.Plan(ids);

        Matrix answers = _answers.Resize(_routes.ReceivedCount);
        _table.Own.Pool(Asked(), PoolingType.Sum, answers);
        Span<float> hostAnswers = Grow(ref _hostAnswers, checked(answers.Rows * EmbeddingDim));
        answers.Buffer.CopyTo(hostAnswers);

        Matrix rows = _rows.Resize(_groups.UniqueCount);
        Span<float> hostRows = Grow(ref _hostRows, checked(rows.Rows * EmbeddingDim));
        _routes.Fetch(hostAnswers, hostRows);
        rows.Buffer.CopyFrom(hostRows);
        _device.PoolUniqueRows(rows, _groups, _pooling, output);
    }

    /// <inheritdoc/>
    public void Backward(Matrix outputGradient)
    {
        // What the rows were fetched into is free again: their gradients take the same room.
        Matrix gradients = _rows.View;
        _device.UniqueRowGradients(_groups, _pooling, outputGradient, gradients);
        Span<float> hostGradients = _hostRows.AsSpan(0, gradients.Rows * EmbeddingDim);
        gradients.Buffer.CopyTo(hostGradients);

        Matrix received = _answers.View;
        Span<float> hostReceived = _hostAnswers.AsSpan(0, received.Rows * EmbeddingDim);
        _routes.Return(hostGradients, hostReceived);
        received.Buffer.CopyFrom(hostReceived);

        // Grouping is stable and the received ids are in order of worker: so is the sum of each row.
        _table.Own.PoolGradient(PoolingType.Sum, received);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _table.Dispose();
        _groups.Dispose();
        _rows.Dispose();
        _answers.Dispose();
    }

    /// <summary>Makes bags of one local row each of the ids that were asked for.</summary>
    private JaggedIndices Asked()
    {
        ReadOnlySpan<long> received = _routes.Received;
        _asked.Resize(received.Length, received.Length, isWeighted: false);
        Span<long> indices = _asked.Indices;
        Span<int> offsets = _asked.Offsets;
        for (int i = 0; i < received.Length; i++)
        {
            indices[i] = received[i] / _exchange.Workers;
            offsets[i] = i;
        }

        offsets[received.Length] = received.Length;
        return _asked;
    }

    private static Span<T> Grow<T>(ref T[] array, int length)
    {
        if (array.Length < length)
        {
            array = new T[Math.Max(length, (int)Math.Min(Array.MaxLength, array.Length * 3L / 2))];
        }

        return array.AsSpan(0, length);
    }
}
