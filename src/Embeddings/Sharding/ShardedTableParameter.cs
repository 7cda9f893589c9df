using Dlrm.Numerics;

namespace Dlrm.Embeddings;

/// <summary>A dense embedding table whose rows and optimiser state are spread over the workers; each holds rows/W of both.</summary>
/// <remarks>
/// <para>Gradients are added over the workers, in order of worker, and not averaged. Who computes the loss divides it by the global batch; or, when each worker's loss is the mean
/// over its own B/W samples, <see cref="StepContext.GradientScale"/> holds 1/W. That is what a sum-all-reduced gradient of a replicated parameter needs too.</para>
/// </remarks>
public sealed class ShardedTableParameter : Parameter
{
    private readonly RowShards _shards;
    private readonly TableParameter _own;
    private readonly List<(string Name, StateParts Part, ShardedRows Rows)> _state = [];

    /// <summary>Initializes a new instance of the <see cref="ShardedTableParameter"/> class with the rows that a whole table of the same stream would have.</summary>
    /// <param name="device">The device.</param>
    /// <param name="shards">The workers.</param>
    /// <param name="name">The name in checkpoints.</param>
    /// <param name="rows">I, over all workers; at most 2³¹ − 1 on each.</param>
    /// <param name="dim">The number of columns.</param>
    /// <param name="optimizer">The optimiser.</param>
    /// <param name="stream">Where the initial rows come from.</param>
    /// <param name="halfWidth">The half-width of their uniform start.</param>
    public ShardedTableParameter(IDevice device, RowShards shards, string name, long rows, int dim, OptimizerOptions optimizer, RandomStream stream, double halfWidth)
        : base(name)
    {
        ArgumentNullException.ThrowIfNull(shards);
        _shards = shards;
        (int worker, int workers) = (shards.Exchange.Worker, shards.Exchange.Workers);
        int own = checked((int)ShardedRows.LocalRows(rows, worker, workers));
        _own = new TableParameter(device, name, own, dim, optimizer, stream, halfWidth, worker, workers);
        Rows = rows;
        foreach ((string state, StateParts part, DeviceBuffer<float> buffer) in _own.State())
        {
            int columns = part == StateParts.Optimizer && optimizer.Kind == OptimizerKind.RowwiseAdagrad ? 1 : dim;
            _state.Add((state, part, new ShardedRows(shards, device, rows, columns, buffer)));
        }
    }

    /// <summary>Gets I, the rows over all workers.</summary>
    public long Rows { get; }

    /// <inheritdoc/>
    /// <remarks>Of the whole table.</remarks>
    public override long StoredElements => Rows * _own.Table.Columns;

    /// <inheritdoc/>
    /// <remarks>On this worker.</remarks>
    public override long WorkingBytes => _own.WorkingBytes;

    /// <summary>Gets the own rows with their gradients and state; bags of it have local row numbers.</summary>
    internal TableParameter Own => _own;

    /// <inheritdoc/>
    public override void ClearGradient() => _own.ClearGradient();

    /// <inheritdoc/>
    /// <remarks>Of the whole table, before <see cref="StepContext.GradientScale"/>: a sum over all workers, each of which calls this and gets the same bits.</remarks>
    public override double GradientSumOfSquares() => _shards.Exchange.Sum(_own.GradientSumOfSquares());

    /// <inheritdoc/>
    public override void Step(in StepContext context) => _own.Step(context);

    /// <inheritdoc/>
    /// <remarks>The names of <see cref="TableParameter"/>; a file can't tell by how many workers it was written.</remarks>
    public override void Save(IStateWriter writer, StateParts parts)
    {
        ArgumentNullException.ThrowIfNull(writer);
        foreach ((string name, StateParts part, ShardedRows rows) in _state)
        {
            if (parts.HasFlag(part))
            {
                writer.Write(name, ShapeOf(part, rows), rows);
            }
        }
    }

    /// <inheritdoc/>
    /// <remarks>Every worker reads the file, and keeps its rows.</remarks>
    public override void Load(IStateReader reader, StateParts parts)
    {
        foreach ((string name, StateParts part, ShardedRows rows) in _state)
        {
            if (parts.HasFlag(part))
            {
                reader.ReadExactly(name, ShapeOf(part, rows), rows);
            }
        }
    }

    /// <inheritdoc/>
    /// <remarks>A sum over all workers: all call this, or worker 0 inside <see cref="RowShards.Lead"/>.</remarks>
    public override bool IsFinite() => double.IsFinite(_shards.SumOfSquares(_state[0].Rows));

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        foreach ((_, _, ShardedRows rows) in _state)
        {
            rows.Dispose();
        }

        _own.Dispose();
    }

    /// <summary>A matrix has two sizes even with one column; one accumulator a row is a vector.</summary>
    private long[] ShapeOf(StateParts part, ShardedRows rows) =>
        part == StateParts.Optimizer && rows.Columns != _own.Table.Columns ? [Rows] : [Rows, _own.Table.Columns];
}
