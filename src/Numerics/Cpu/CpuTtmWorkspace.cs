namespace Dlrm.Numerics.Cpu;

/// <summary>Holds the tree of row prefixes of one batch, the left interfaces of every level, and scratch.</summary>
/// <remarks>Memory is proportional to the largest batch seen, not to the number of rows of the table.</remarks>
internal sealed unsafe class CpuTtmWorkspace : ITtmWorkspace
{
    private readonly PrefixTree _tree = new();
    private readonly ScratchSlots _scratch;
    private TtmLevel[] _levels = [];

    /// <summary>Initializes a new instance of the <see cref="CpuTtmWorkspace"/> class.</summary>
    /// <param name="threads">The device's number of threads.</param>
    internal CpuTtmWorkspace(int threads)
    {
        _scratch = new ScratchSlots(threads);
    }

    /// <inheritdoc/>
    public long Bytes
    {
        get
        {
            long sum = _scratch.Bytes + _tree.Bytes;
            foreach (TtmLevel level in _levels)
            {
                sum += level.Bytes;
            }

            return sum;
        }
    }

    /// <summary>Gets the levels; the first <see cref="TtmShape.Order"/> are in use.</summary>
    internal TtmLevel[] Levels => _levels;

    /// <summary>Gets scratch for the pieces.</summary>
    internal ScratchSlots Scratch => _scratch;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (TtmLevel level in _levels)
        {
            level.Dispose();
        }

        _tree.Dispose();
        _scratch.Dispose();
    }

    /// <summary>Builds the tree of a batch.</summary>
    /// <param name="shape">The shape.</param>
    /// <param name="rows">The unique rows, ascending.</param>
    /// <param name="count">How many.</param>
    internal void BuildTree(TtmShape shape, long* rows, int count)
    {
        _tree.Build(shape.RowModes, rows, count);
        Prepare(shape);
    }

    private void Prepare(TtmShape shape)
    {
        if (_levels.Length < shape.Order)
        {
            int old = _levels.Length;
            Array.Resize(ref _levels, shape.Order);
            for (int k = old; k < shape.Order; k++)
            {
                _levels[k] = new TtmLevel(_tree.Levels[k]);
            }
        }

        int height = 1;
        long scratch = 0;
        for (int k = 0; k < shape.Order; k++)
        {
            _levels[k].Prepare(shape, k, height);
            height *= shape.ColumnModes[k];
            scratch = Math.Max(scratch, TtmPiece.ScratchLength(_levels[k]));
        }

        _scratch.Grow(scratch);
    }
}
