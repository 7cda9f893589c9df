namespace Dlrm.Numerics.Cpu;

/// <summary>Holds the tree of row prefixes of one batch, the left interfaces of every level, and scratch.</summary>
/// <remarks>Memory is proportional to the largest batch seen, not to the number of rows of the table.</remarks>
internal sealed unsafe class CpuTtmWorkspace : ITtmWorkspace
{
    private readonly int[] _histogram = new int[2048];
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
            long sum = _scratch.Bytes;
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

        _scratch.Dispose();
    }

    /// <summary>Builds the tree of a batch.</summary>
    /// <param name="shape">The shape.</param>
    /// <param name="rows">The unique rows, ascending.</param>
    /// <param name="count">How many.</param>
    internal void BuildTree(TtmShape shape, long* rows, int count)
    {
        Prepare(shape, count);
        int order = shape.Order;
        int* digits = stackalloc int[order];
        ReadOnlySpan<int> modes = shape.RowModes;
        for (int u = 0; u < count; u++)
        {
            long rest = rows[u];
            for (int k = order - 1; k > 0; k--)
            {
                // 32-bit division is several times faster than 64-bit division.
                (rest, long digit) = (ulong)rest <= uint.MaxValue
                    ? ((long)((uint)rest / (uint)modes[k]), (long)((uint)rest % (uint)modes[k]))
                    : (rest / modes[k], rest % modes[k]);
                digits[k] = (int)digit;
            }

            digits[0] = (int)rest;
            int changed = 0;
            while (u > 0 && changed < order - 1 && digits[changed] == _levels[changed].Digit[_levels[changed].Count - 1])
            {
                changed++;
            }

            for (int k = changed; k < order; k++)
            {
                TtmLevel level = _levels[k];
                int node = level.Count++;
                level.Digit[node] = digits[k];
                level.Parent[node] = k == 0 ? 0 : _levels[k - 1].Count - 1;
                level.ChildStart[node] = k + 1 < order ? _levels[k + 1].Count : 0;
            }
        }

        for (int k = 0; k < order; k++)
        {
            _levels[k].ChildStart[_levels[k].Count] = k + 1 < order ? _levels[k + 1].Count : 0;
            if (k > 0)
            {
                _levels[k].SortByDigit(_histogram);
            }
        }
    }

    private void Prepare(TtmShape shape, int count)
    {
        if (_levels.Length < shape.Order)
        {
            int old = _levels.Length;
            Array.Resize(ref _levels, shape.Order);
            for (int k = old; k < shape.Order; k++)
            {
                _levels[k] = new TtmLevel();
            }
        }

        int height = 1;
        long scratch = 0;
        for (int k = 0; k < shape.Order; k++)
        {
            _levels[k].Prepare(shape, k, height, count);
            height *= shape.ColumnModes[k];
            scratch = Math.Max(scratch, TtmPiece.ScratchLength(_levels[k]));
        }

        _scratch.Grow(scratch);
    }
}
