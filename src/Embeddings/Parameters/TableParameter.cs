using Dlrm.Numerics;

namespace Dlrm.Embeddings;

/// <summary>A dense embedding table: only the rows of a batch have gradients and move.</summary>
public sealed class TableParameter : Parameter
{
    private readonly IDevice _device;
    private readonly OptimizerOptions _optimizer;
    private readonly DeviceBuffer<float>? _firstMoment;
    private readonly DeviceBuffer<float>? _secondMoment;
    private readonly GrowingMatrix _rowGradients;
    private bool _hasGradient;

    /// <summary>Initializes a new instance of the <see cref="TableParameter"/> class with rows uniform on ±halfWidth.</summary>
    /// <param name="device">The device.</param>
    /// <param name="name">The name in checkpoints.</param>
    /// <param name="rows">The number of rows.</param>
    /// <param name="dim">The number of columns.</param>
    /// <param name="optimizer">The optimiser.</param>
    /// <param name="stream">Where the initial rows come from.</param>
    /// <param name="halfWidth">The half-width; 1/√rows in the reference DLRM.</param>
    /// <param name="firstRow">For the rows of one worker of many: the number in the whole table of the first of them, whose initial numbers they have.</param>
    /// <param name="rowStep">From one row's number in the whole table to the next one's.</param>
    public TableParameter(
        IDevice device, string name, int rows, int dim, OptimizerOptions optimizer, RandomStream stream, double halfWidth, long firstRow = 0, long rowStep = 1)
        : base(name)
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(optimizer);
        _device = device;
        _optimizer = optimizer;
        long length = (long)rows * dim;
        Value = device.Allocate<float>(length);
        Table = new Matrix(Value, rows, dim);
        if (firstRow == 0 && rowStep == 1)
        {
            device.FillUniform(Value, stream, (float)halfWidth);
        }
        else
        {
            device.FillUniformRows(Table, stream, (float)halfWidth, firstRow, rowStep);
        }

        _firstMoment = optimizer.Kind == OptimizerKind.Adam ? device.Allocate<float>(length) : null;
        _secondMoment = optimizer.Kind switch
        {
            OptimizerKind.Sgd => null,
            OptimizerKind.RowwiseAdagrad => device.Allocate<float>(rows),
            _ => device.Allocate<float>(length),
        };
        _rowGradients = new GrowingMatrix(device, dim);
        Groups = new RowGroups(device);
    }

    /// <summary>Gets the rows.</summary>
    public DeviceBuffer<float> Value { get; }

    /// <summary>Gets the rows as a matrix.</summary>
    public Matrix Table { get; }

    /// <summary>Gets the grouped indices of the last forward pass.</summary>
    public RowGroups Groups { get; }

    /// <inheritdoc/>
    public override long StoredElements => Value.Length;

    /// <inheritdoc/>
    public override long WorkingBytes => sizeof(float) * (_rowGradients.View.Buffer.Length + (_firstMoment?.Length ?? 0) + (_secondMoment?.Length ?? 0));

    /// <summary>Looks up and pools a batch.</summary>
    /// <param name="bags">The validated bags.</param>
    /// <param name="pooling">Sum or mean.</param>
    /// <param name="output">Receives (B, D).</param>
    public void Pool(JaggedIndices bags, PoolingType pooling, Matrix output)
    {
        _device.GroupRows(bags, Groups);
        _device.PoolTableRows(Table, Groups, pooling, output);
    }

    /// <summary>Computes the gradient of the rows of the last <see cref="Pool"/>; one backward pass a step.</summary>
    /// <param name="pooling">Sum or mean.</param>
    /// <param name="outputGradient">(B, D).</param>
    public void PoolGradient(PoolingType pooling, Matrix outputGradient)
    {
        _device.UniqueRowGradients(Groups, pooling, outputGradient, RowGradients());
        _hasGradient = true;
    }

    /// <summary>Gets the rows that have a gradient.</summary>
    public int TouchedRows => _hasGradient ? Groups.UniqueCount : 0;

    /// <summary>Copies the rows that have a gradient, and their gradients.</summary>
    /// <param name="rows">Receives <see cref="TouchedRows"/> rows, ascending.</param>
    /// <param name="gradients">Receives (rows, D).</param>
    public void CopyTouched(Span<long> rows, Span<float> gradients)
    {
        Groups.UniqueRows.CopyTo(rows[..TouchedRows]);
        _rowGradients.View.Buffer.CopyTo(gradients[..(TouchedRows * Table.Columns)]);
    }

    /// <summary>Replaces the gradient: by the sum over data-parallel workers.</summary>
    /// <param name="rows">The rows that have one, ascending.</param>
    /// <param name="gradients">(rows, D).</param>
    public void ReplaceTouched(ReadOnlySpan<long> rows, ReadOnlySpan<float> gradients)
    {
        // The optimisers' steps need no more of the groups than the distinct rows.
        Groups.Resize(0, rows.Length, isWeighted: false);
        Groups.UniqueRows.CopyFrom(rows);
        Groups.UniqueCount = rows.Length;
        RowGradients().Buffer.CopyFrom(gradients[..(rows.Length * Table.Columns)]);
        _hasGradient = rows.Length > 0;
    }

    /// <inheritdoc/>
    public override void ClearGradient() => _hasGradient = false;

    /// <inheritdoc/>
    public override double GradientSumOfSquares() =>
        _hasGradient ? _device.SumOfSquares(_rowGradients.View.Buffer, (long)Groups.UniqueCount * Table.Columns) : 0;

    /// <inheritdoc/>
    public override void Step(in StepContext context)
    {
        if (!_hasGradient)
        {
            return;
        }

        float learningRate = (float)_optimizer.LearningRate * context.LearningRateFactor;
        float epsilon = (float)_optimizer.Epsilon;
        switch (_optimizer.Kind)
        {
            case OptimizerKind.Sgd:
                _device.AddToRows(Groups, RowGradients(), -learningRate * context.GradientScale, Table);
                break;
            case OptimizerKind.Adagrad:
                _device.AdagradRowsStep(Table, Groups, RowGradients(), _secondMoment!, learningRate, epsilon, context.GradientScale);
                break;
            case OptimizerKind.RowwiseAdagrad:
                _device.RowwiseAdagradStep(Table, Groups, RowGradients(), _secondMoment!, learningRate, epsilon, context.GradientScale);
                break;
            default:
                _device.AdamRowsStep(Table, Groups, RowGradients(), _firstMoment!, _secondMoment!, _optimizer.AdamArguments(context));
                break;
        }
    }

    /// <inheritdoc/>
    /// <remarks>Names: <c>NAME</c> (rows, D); optimiser: <c>NAME.m</c>, <c>NAME.v</c> (row-wise: one number a row).</remarks>
    public override void Save(IStateWriter writer, StateParts parts)
    {
        foreach ((string name, StateParts part, DeviceBuffer<float> buffer) in State())
        {
            if (parts.HasFlag(part))
            {
                writer.Write(name, ShapeOf(buffer), buffer);
            }
        }
    }

    /// <inheritdoc/>
    public override void Load(IStateReader reader, StateParts parts)
    {
        foreach ((string name, StateParts part, DeviceBuffer<float> buffer) in State())
        {
            if (parts.HasFlag(part))
            {
                reader.ReadExactly(name, ShapeOf(buffer), buffer);
            }
        }
    }

    /// <inheritdoc/>
    public override bool IsFinite() => double.IsFinite(_device.SumOfSquares(Value));

    /// <summary>Lists what is saved: values, then moments.</summary>
    /// <returns>Name, part and numbers.</returns>
    internal IEnumerable<(string Name, StateParts Part, DeviceBuffer<float> Buffer)> State()
    {
        yield return (Name, StateParts.Values, Value);
        if (_firstMoment is not null)
        {
            yield return ($"{Name}.m", StateParts.Optimizer, _firstMoment);
        }

        if (_secondMoment is not null)
        {
            yield return ($"{Name}.v", StateParts.Optimizer, _secondMoment);
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        Value.Dispose();
        _rowGradients.Dispose();
        _firstMoment?.Dispose();
        _secondMoment?.Dispose();
        Groups.Dispose();
    }

    private long[] ShapeOf(DeviceBuffer<float> buffer) => buffer.Length == Value.Length ? [Table.Rows, Table.Columns] : [Table.Rows];

    private Matrix RowGradients() => _rowGradients.Resize(Groups.UniqueCount);
}
