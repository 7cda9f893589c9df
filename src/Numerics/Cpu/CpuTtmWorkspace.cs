namespace Dlrm.Numerics.Cpu;

/// <summary>Holds the trees of row prefixes of one batch, the left interfaces of every level, and scratch.</summary>
/// <remarks>
/// <para>A large batch is cut into parts, runs of its unique rows: a part goes through all levels on one thread, without waiting for the others,
/// and its interfaces stay in that processor's cache. A prefix that two parts share is computed in both.</para>
/// <para>Memory is proportional to the largest batch seen, not to the number of rows of the table.</para>
/// </remarks>
internal sealed unsafe class CpuTtmWorkspace : ITtmWorkspace
{
    /// <summary>The most parts.</summary>
    internal const int MaxParts = 64;

    private const int RowsInPart = 1024;

    private readonly ScratchSlots _scratch;
    private TtmPart[] _parts = [new TtmPart()];

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
            foreach (TtmPart part in _parts)
            {
                sum += part.Bytes;
            }

            return sum;
        }
    }

    /// <summary>Gets the parts of the batch.</summary>
    internal ReadOnlySpan<TtmPart> Parts => _parts.AsSpan(0, PartCount);

    /// <summary>Gets the number of parts.</summary>
    internal int PartCount { get; private set; } = 1;

    /// <summary>Gets the number of unique rows.</summary>
    internal int Count { get; private set; }

    /// <summary>Gets the levels of a batch that is one part.</summary>
    internal TtmLevel[] Levels => _parts[0].Levels;

    /// <summary>Gets scratch for the pieces.</summary>
    internal ScratchSlots Scratch => _scratch;

    /// <summary>Gets the addresses of the cores.</summary>
    internal nint[] Slabs { get; } = new nint[64];

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (TtmPart part in _parts)
        {
            part.Dispose();
        }

        _scratch.Dispose();
    }

    /// <summary>Gets the parts of a batch, a function of shape and batch alone.</summary>
    /// <param name="count">The unique rows.</param>
    /// <returns>The number of parts.</returns>
    internal static int PartsOf(int count) => Math.Clamp(count / RowsInPart, 1, MaxParts);

    /// <summary>Makes room for the parts of a batch; their trees are not built.</summary>
    /// <param name="shape">The shape.</param>
    /// <param name="count">The unique rows.</param>
    /// <param name="parts">The number of parts.</param>
    internal void Prepare(TtmShape shape, int count, int parts)
    {
        int old = _parts.Length;
        if (old < parts)
        {
            Array.Resize(ref _parts, parts);
            for (int part = old; part < parts; part++)
            {
                _parts[part] = new TtmPart();
            }
        }

        PartCount = parts;
        Count = count;
        long scratch = 0;
        for (int k = 0; k < shape.Order; k++)
        {
            scratch = Math.Max(scratch, TtmPiece.ScratchLength(shape.Ranks[k], shape.ColumnModes[k] * shape.Ranks[k + 1]));
        }

        _scratch.Grow(scratch);
    }

    /// <summary>Gets the first unique row of a part.</summary>
    /// <param name="part">The part; after the last, the number of rows.</param>
    /// <returns>The row's position among the unique rows.</returns>
    internal int FirstRow(int part) => TtmPiece.First(part, PartCount, Count);

    /// <summary>Builds the tree of a batch as one part.</summary>
    /// <param name="shape">The shape.</param>
    /// <param name="rows">The unique rows, ascending.</param>
    /// <param name="count">How many.</param>
    internal void BuildTree(TtmShape shape, long* rows, int count)
    {
        Prepare(shape, count, parts: 1);
        _parts[0].Build(shape, rows, count);
    }
}
