using Dlrm.Numerics;

namespace Dlrm.Embeddings;

/// <summary>A matrix whose row i lies on worker i mod W, there as local row ⌊i / W⌋.</summary>
/// <remarks>
/// <para>Ids are in order of frequency (vocabularies are made so), so neighbours are about equally often asked for: dealt out in turn every worker gets its share of frequent
/// rows, where contiguous ranges would give all of them to worker 0. A range of global rows is a contiguous range of local rows on each worker.</para>
/// </remarks>
public sealed class ShardedRows : IDisposable
{
    private readonly RowShards _shards;
    private readonly IDevice _device;
    private readonly bool _ownsLocal;
    private float[] _own = [];
    private float[] _parts = [];

    /// <summary>Initializes a new instance of the <see cref="ShardedRows"/> class over the local rows of a parameter, or with zeros of its own.</summary>
    /// <param name="shards">The workers; all make this matrix, in the same order.</param>
    /// <param name="device">The device.</param>
    /// <param name="rows">I, over all workers.</param>
    /// <param name="columns">The columns.</param>
    /// <param name="local">The local rows, which stay the caller's; null: zeros.</param>
    public ShardedRows(RowShards shards, IDevice device, long rows, int columns, DeviceBuffer<float>? local = null)
    {
        ArgumentNullException.ThrowIfNull(shards);
        ArgumentNullException.ThrowIfNull(device);
        _shards = shards;
        _device = device;
        Rows = rows;
        Columns = columns;
        long length = LocalRows(rows, shards.Exchange.Worker, shards.Exchange.Workers) * columns;
        _ownsLocal = local is null;
        Local = local ?? device.Allocate<float>(length);
        if (Local.Length != length)
        {
            throw new ArgumentException($"Worker {shards.Exchange.Worker} of {shards.Exchange.Workers} has {length} of {rows} × {columns} numbers, but the buffer {Local.Length}.", nameof(local));
        }

        Number = shards.Add(this);
    }

    /// <summary>Gets I, the rows over all workers.</summary>
    public long Rows { get; }

    /// <summary>Gets the columns.</summary>
    public int Columns { get; }

    /// <summary>Gets the rows of this worker.</summary>
    public DeviceBuffer<float> Local { get; }

    /// <summary>Gets what names it among the matrices of all workers.</summary>
    internal long Number { get; }

    /// <summary>Counts the rows of one worker.</summary>
    /// <param name="rows">I.</param>
    /// <param name="worker">The worker.</param>
    /// <param name="workers">W.</param>
    /// <returns>The rows i with i mod W = worker.</returns>
    public static long LocalRows(long rows, int worker, int workers) => LocalBegin(rows, worker, workers);

    /// <summary>Reads rows wherever they lie; with more than one worker on worker 0 inside <see cref="RowShards.Lead"/>.</summary>
    /// <param name="first">The first row.</param>
    /// <param name="destination">Receives whole rows.</param>
    public void ReadRows(long first, Span<float> destination) => _shards.Read(this, first, destination);

    /// <summary>Keeps the own rows of a block of rows.</summary>
    /// <param name="first">The number of the block's first row.</param>
    /// <param name="rows">Whole rows.</param>
    public void TakeRows(long first, ReadOnlySpan<float> rows)
    {
        (int worker, int workers) = (_shards.Exchange.Worker, _shards.Exchange.Workers);
        long local = LocalBegin(first, worker, workers);
        long end = LocalBegin(first + (rows.Length / Columns), worker, workers);
        int length = checked((int)(end - local)) * Columns;
        Span<float> own = Grow(ref _own, length);
        for (int row = 0; row < own.Length / Columns; row++)
        {
            long place = ((local + row) * workers) + worker - first;
            rows.Slice((int)place * Columns, Columns).CopyTo(own[(row * Columns)..]);
        }

        Local.CopyFrom(own, local * Columns);
    }

    /// <summary>Makes a copy on every worker.</summary>
    /// <returns>The copy; the caller disposes it.</returns>
    public ShardedRows Copy()
    {
        ShardedRows copy = new(_shards, _device, Rows, Columns);
        copy.CopyFrom(this);
        return copy;
    }

    /// <summary>Takes the numbers of another matrix of the same shape.</summary>
    /// <param name="source">The matrix.</param>
    public void CopyFrom(ShardedRows source)
    {
        ArgumentNullException.ThrowIfNull(source);
        _device.Copy(source.Local, 0, Local, 0, Local.Length);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _shards.Remove(Number);
        if (_ownsLocal)
        {
            Local.Dispose();
        }
    }

    /// <summary>Sends a range of rows to worker 0; all workers call this.</summary>
    /// <param name="first">The first row.</param>
    /// <param name="count">The number of rows.</param>
    /// <param name="destination">On worker 0: receives the rows.</param>
    internal void Gather(long first, int count, Span<float> destination)
    {
        (int worker, int workers) = (_shards.Exchange.Worker, _shards.Exchange.Workers);
        int[] counts = [.. Enumerable.Range(0, workers).Select(other => LengthOf(other, first, count))];
        int[] sentCounts = new int[workers];
        sentCounts[0] = counts[worker];
        int[] receivedCounts = worker == 0 ? counts : new int[workers];
        Span<float> own = Grow(ref _own, counts[worker]);
        Local.CopyTo(own, LocalBegin(first, worker, workers) * Columns);
        Span<float> parts = Grow(ref _parts, worker == 0 ? count * Columns : 0);
        _shards.Exchange.Exchange(own, sentCounts, parts, receivedCounts);
        if (worker == 0)
        {
            Interleave(first, count, counts, parts, destination);
        }
    }

    /// <summary>Adds the squares of the own rows.</summary>
    /// <returns>The sum.</returns>
    internal double OwnSumOfSquares() => _device.SumOfSquares(Local);

    /// <summary>Counts the rows of a worker below a global row: its first local row that is not below it.</summary>
    private static long LocalBegin(long row, int worker, int workers) => (row - worker + workers - 1) / workers;

    private int LengthOf(int worker, long first, int count)
    {
        int workers = _shards.Exchange.Workers;
        return (int)(LocalBegin(first + count, worker, workers) - LocalBegin(first, worker, workers)) * Columns;
    }

    private void Interleave(long first, int count, int[] counts, Span<float> parts, Span<float> destination)
    {
        int[] next = new int[counts.Length];
        for (int worker = 1; worker < next.Length; worker++)
        {
            next[worker] = next[worker - 1] + counts[worker - 1];
        }

        for (int row = 0; row < count; row++)
        {
            int owner = (int)((first + row) % counts.Length);
            parts.Slice(next[owner], Columns).CopyTo(destination[(row * Columns)..]);
            next[owner] += Columns;
        }
    }

    private static Span<float> Grow(ref float[] array, int length)
    {
        if (array.Length < length)
        {
            array = new float[length];
        }

        return array.AsSpan(0, length);
    }
}
