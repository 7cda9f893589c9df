using System.Numerics.Tensors;
using Dlrm.Numerics.Kernels;

namespace Dlrm.Numerics.Cpu;

/// <summary>Holds the core contracted over every prefix of one batch, the core in whole vectors, and the column factors' product.</summary>
/// <remarks>Memory is proportional to the largest batch seen and to the core, not to the number of rows of the table.</remarks>
internal sealed unsafe class CpuTuckerWorkspace : ITuckerWorkspace
{
    private readonly PrefixTree _tree = new();
    private readonly ScratchBuffer<float> _core = new();
    private readonly ScratchBuffer<float> _coreGradient = new();
    private readonly ScratchBuffer<float> _firstRows = new();
    private TuckerLevel[] _levels = [];

    /// <inheritdoc/>
    public long Bytes
    {
        get
        {
            long sum = _tree.Bytes + _core.Bytes + _coreGradient.Bytes + _firstRows.Bytes + Columns.Bytes;
            foreach (TuckerLevel level in _levels)
            {
                sum += level.Bytes;
            }

            return sum;
        }
    }

    /// <summary>Gets the levels; as many as there are row modes are in use.</summary>
    internal TuckerLevel[] Levels => _levels;

    /// <summary>Gets the column side.</summary>
    internal TuckerColumns Columns { get; } = new();

    /// <inheritdoc/>
    public void Dispose()
    {
        _tree.Dispose();
        _core.Dispose();
        _coreGradient.Dispose();
        _firstRows.Dispose();
        Columns.Dispose();
        foreach (TuckerLevel level in _levels)
        {
            level.Dispose();
        }
    }

    /// <summary>Builds the tree of a batch.</summary>
    /// <param name="shape">The shape.</param>
    /// <param name="factors">The factors.</param>
    /// <param name="rows">The unique rows, ascending.</param>
    /// <param name="count">How many.</param>
    internal void BuildTree(TuckerShape shape, ReadOnlySpan<DeviceBuffer<float>> factors, long* rows, int count)
    {
        _tree.Build(shape.RowModes, rows, count);
        int p = shape.RowModes.Length;
        if (_levels.Length < p)
        {
            int old = _levels.Length;
            Array.Resize(ref _levels, p);
            for (int k = old; k < p; k++)
            {
                _levels[k] = new TuckerLevel(_tree.Levels[k]);
            }
        }

        int columns = TtmRowKernels.Padded(shape.ColumnRank);
        for (int k = p - 1; k >= 0; k--)
        {
            _levels[k].Prepare(((CpuBuffer<float>)factors[k]).Pointer, shape.Ranks[k], columns);
            columns = checked(columns * shape.Ranks[k]);
        }
    }

    /// <summary>Gathers the first factor's rows of the batch.</summary>
    /// <returns>(nodes of level 0, R[0]).</returns>
    internal Matrix GatherFirstRows()
    {
        TuckerLevel first = _levels[0];
        Matrix rows = new(_firstRows.GetBuffer((long)first.Nodes.Count * first.Inner), first.Nodes.Count, first.Inner);
        for (int node = 0; node < rows.Rows; node++)
        {
            new ReadOnlySpan<float>(first.FactorRow(node), first.Inner).CopyTo(new Span<float>(_firstRows.Get(0) + ((long)node * first.Inner), first.Inner));
        }

        return rows;
    }

    /// <summary>Views the core with its last index in whole vectors: the core itself, or a copy with zeros.</summary>
    /// <param name="shape">The shape.</param>
    /// <param name="core">The core.</param>
    /// <returns>(R[0], Columns of level 0).</returns>
    internal Matrix PaddedCore(TuckerShape shape, DeviceBuffer<float> core)
    {
        int columns = shape.ColumnRank;
        int stride = TtmRowKernels.Padded(columns);
        int rows = shape.CoreLength / columns;
        if (stride == columns)
        {
            return new Matrix(core, shape.Ranks[0], _levels[0].Columns);
        }

        float* source = ((CpuBuffer<float>)core).Pointer;
        float* padded = _core.Get((long)rows * stride);
        for (int r = 0; r < rows; r++)
        {
            float* row = padded + ((long)r * stride);
            new ReadOnlySpan<float>(source + ((long)r * columns), columns).CopyTo(new Span<float>(row, columns));
            new Span<float>(row + columns, stride - columns).Clear();
        }

        return new Matrix(_core.GetBuffer(0), shape.Ranks[0], _levels[0].Columns);
    }

    /// <summary>Views the core's gradient in the same way: itself, to be added to, or scratch, to be written.</summary>
    /// <param name="shape">The shape.</param>
    /// <param name="coreGradient">The core's gradient.</param>
    /// <returns>(R[0], Columns of level 0).</returns>
    internal Matrix PaddedCoreGradient(TuckerShape shape, DeviceBuffer<float> coreGradient) => new(
        shape.ColumnRank % 8 == 0 ? coreGradient : _coreGradient.GetBuffer((long)shape.Ranks[0] * _levels[0].Columns), shape.Ranks[0], _levels[0].Columns);

    /// <summary>Adds the scratch of <see cref="PaddedCoreGradient"/> to the core's gradient, leaving out the padding.</summary>
    /// <param name="shape">The shape.</param>
    /// <param name="coreGradient">Added to.</param>
    internal void AddPaddedCoreGradient(TuckerShape shape, DeviceBuffer<float> coreGradient)
    {
        int columns = shape.ColumnRank;
        int stride = TtmRowKernels.Padded(columns);
        float* padded = _coreGradient.Get(0);
        float* destination = ((CpuBuffer<float>)coreGradient).Pointer;
        for (int r = 0; r < shape.CoreLength / columns; r++)
        {
            Span<float> sum = new(destination + ((long)r * columns), columns);
            TensorPrimitives.Add(sum, new ReadOnlySpan<float>(padded + ((long)r * stride), columns), sum);
        }
    }
}
