using Dlrm.Numerics;

namespace Dlrm.Data.Synthetic;

/// <summary>Generates the batches of one split on the fly, without files: for benchmarks and for tables of any size.</summary>
/// <remarks>
/// <para>Sharding: worker w of W has rows [n·w/W, n·(w+1)/W) of the split's n. Order: the worker's blocks in an order that depends on seed and
/// epoch, rows within a block as generated; the rows are independent of each other, so a finer shuffle would change nothing.</para>
/// <para>The time to generate counts as <see cref="WaitTime"/>: there is no read-ahead. Not thread-safe.</para>
/// </remarks>
public sealed class SyntheticBatchSource : IBatchSource
{
    private readonly SyntheticGenerator _generator;
    private readonly SyntheticBlock _block;
    private readonly Batch _batch;
    private readonly int _batchSize;
    private readonly TimeProvider _time;
    private readonly RandomStream _orderStream;
    private readonly long _firstRow;
    private readonly long _endRow;
    private readonly long _firstBlock;
    private readonly long _blocks;
    private AffineBijection _order;
    private DataCursor _cursor;
    private long _nextPosition;
    private int _blockRow;
    private int _blockEnd;

    /// <summary>Initializes a new instance of the <see cref="SyntheticBatchSource"/> class at the start of epoch 0.</summary>
    /// <param name="generator">What generates the rows; may be shared by several sources.</param>
    /// <param name="split">Whose rows to give.</param>
    /// <param name="batchSize">The samples of a batch, at least 1.</param>
    /// <param name="worker">The worker, in [0, <paramref name="workers"/>).</param>
    /// <param name="workers">The number of workers W.</param>
    /// <param name="time">Measures <see cref="WaitTime"/>; null for the system's clock.</param>
    public SyntheticBatchSource(
        SyntheticGenerator generator, DatasetSplit split, int batchSize, int worker = 0, int workers = 1, TimeProvider? time = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(workers, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(worker);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(worker, workers);
        _generator = generator;
        _block = generator.NewBlock();
        _batch = new Batch(generator.Options.DenseFeatures, generator.Options.Tables.Count);
        _batchSize = batchSize;
        _time = time ?? TimeProvider.System;
        _orderStream = new RandomStream(generator.Options.Seed, 0).Derive(4);
        (long first, long end) = generator.Options.RowsOf(split);
        _firstRow = first + (long)((Int128)(end - first) * worker / workers);
        _endRow = first + (long)((Int128)(end - first) * (worker + 1) / workers);
        _firstBlock = _firstRow / SyntheticBlock.Rows;
        _blocks = Samples == 0 ? 0 : ((_endRow - 1) / SyntheticBlock.Rows) + 1 - _firstBlock;
        Cardinalities = [.. generator.Options.Tables.Select((SyntheticTable table) => table.Rows)];
        _order = OrderOf(0);
    }

    /// <inheritdoc/>
    public int DenseFeatures => _batch.DenseFeatures;

    /// <inheritdoc/>
    public IReadOnlyList<long> Cardinalities { get; }

    /// <inheritdoc/>
    public long Samples => _endRow - _firstRow;

    /// <inheritdoc/>
    public DataCursor Cursor => _cursor;

    /// <inheritdoc/>
    public TimeSpan WaitTime { get; private set; }

    /// <inheritdoc/>
    public void Seek(DataCursor cursor)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(cursor.Epoch);
        ArgumentOutOfRangeException.ThrowIfNegative(cursor.Row);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(cursor.Row, Samples);
        _cursor = cursor;
        _order = OrderOf(cursor.Epoch);
        _nextPosition = 0;
        _blockRow = 0;
        _blockEnd = 0;
        long skip = cursor.Row;
        while (_nextPosition < _blocks)
        {
            (int first, int end) = RowsWithin(_firstBlock + _order.Map(_nextPosition));
            if (skip < end - first)
            {
                if (skip > 0)
                {
                    GenerateNext();
                    _blockRow += (int)skip;
                }

                return;
            }

            skip -= end - first;
            _nextPosition++;
        }
    }

    /// <inheritdoc/>
    public bool TryRead(out Batch batch)
    {
        long started = _time.GetTimestamp();
        batch = _batch;
        int size = (int)Math.Min(_batchSize, Samples - _cursor.Row);
        SyntheticBlock.Resize(_batch, size);
        int filled = 0;
        while (filled < size)
        {
            if (_blockRow == _blockEnd)
            {
                GenerateNext();
            }

            if (filled == 0)
            {
                _batch.FirstSample = _block.FirstRow + _blockRow;
            }

            int count = Math.Min(size - filled, _blockEnd - _blockRow);
            _block.CopyTo(_batch, _blockRow, filled, count);
            _blockRow += count;
            filled += count;
        }

        _cursor = _cursor with { Row = _cursor.Row + size };
        WaitTime += _time.GetElapsedTime(started);
        return size > 0;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private AffineBijection OrderOf(int epoch) => new(Math.Max(1, _blocks), _orderStream.Derive((ulong)epoch));

    /// <summary>Gets this worker's rows within a block.</summary>
    private (int First, int End) RowsWithin(long block)
    {
        long start = block * SyntheticBlock.Rows;
        return ((int)Math.Max(0, _firstRow - start), (int)Math.Min(SyntheticBlock.Rows, _endRow - start));
    }

    private void GenerateNext()
    {
        long number = _firstBlock + _order.Map(_nextPosition);
        _nextPosition++;
        _generator.Fill(number, _block);
        (_blockRow, _blockEnd) = RowsWithin(number);
    }
}
