namespace Dlrm.Numerics.Cpu;

/// <summary>A run of a batch's unique rows with a tree of its own: what one worker computes from the first level to the last, in memory that stays in its caches.</summary>
internal sealed unsafe class TtmPart : IDisposable
{
    private readonly PrefixTree _tree = new();
    private TtmLevel[] _levels = [];

    /// <summary>Gets the bytes held.</summary>
    internal long Bytes
    {
        get
        {
            long sum = _tree.Bytes;
            foreach (TtmLevel level in _levels)
            {
                sum += level.Bytes;
            }

            return sum;
        }
    }

    /// <summary>Gets the levels; the first <see cref="TtmShape.Order"/> are in use.</summary>
    internal TtmLevel[] Levels => _levels;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (TtmLevel level in _levels)
        {
            level.Dispose();
        }

        _tree.Dispose();
    }

    /// <summary>Builds the tree of some rows.</summary>
    /// <param name="shape">The shape.</param>
    /// <param name="rows">Distinct rows, ascending.</param>
    /// <param name="count">How many.</param>
    internal void Build(TtmShape shape, long* rows, int count)
    {
        _tree.Build(shape.RowModes, rows, count);
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
        for (int k = 0; k < shape.Order; k++)
        {
            _levels[k].Prepare(shape, k, height);
            height *= shape.ColumnModes[k];
        }
    }

    /// <summary>Takes the addresses of the cores.</summary>
    /// <param name="slabs">One for each core.</param>
    internal void UseCores(ReadOnlySpan<nint> slabs)
    {
        for (int k = 0; k < slabs.Length; k++)
        {
            _levels[k].Slabs = (float*)slabs[k];
        }
    }
}
