using Dlrm.Numerics;

namespace Dlrm.Data;

/// <summary>Gives the batches of one split of a dataset from its Parquet files, in a seeded order, shared out among workers.</summary>
/// <remarks>
/// <para>Order of an epoch, a function of (seed, epoch, worker): the worker's files (or row ranges) in seeded order; then each run of
/// <see cref="BatchSourceOptions.ShuffleWindow"/> rows is permuted. With a window of 0 the order is that of the files.</para>
/// <para>With <see cref="RowSharing.Batches"/> every worker goes through the order of one worker, and of a batch of n samples worker w of W takes
/// <c>[n·w/W, n·(w+1)/W)</c>; <see cref="Cursor"/> and <see cref="Seek"/> then count the rows of all.</para>
/// <para>Row positions count every row, also those left out by <see cref="NonFinitePolicy.Skip"/>; so <see cref="Cursor"/> always continues with the very next row.</para>
/// <para>A thread of its own decodes and gathers at most <see cref="BatchSourceOptions.ReadAhead"/> batches ahead. Once every batch has grown to
/// its size, a batch costs no managed memory; an epoch costs a few kilobytes for each file.</para>
/// <para>One thread at a time may call it.</para>
/// </remarks>
public sealed class ParquetBatchSource : IBatchSource
{
    private const ulong RowsPurpose = 0x524F5753;
    private const int OrderedBlockRows = 8192;

    private readonly DatasetSchema _schema;
    private readonly BatchSourceOptions _options;
    private readonly TimeProvider _time;
    private readonly ShardPlan _plan;
    private readonly DuckDbConnection _connection;
    private readonly Batch[] _batches;
    private readonly RowBlock _block;
    private ReadAhead? _ahead;
    private Thread? _thread;
    private TimeSpan _waited;
    private long _skipped;
    private int _epoch;
    private long _row;

    /// <summary>Initializes a new instance of the <see cref="ParquetBatchSource"/> class at the beginning of epoch 0.</summary>
    /// <param name="dataset">The dataset.</param>
    /// <param name="split">The split.</param>
    /// <param name="options">Batch size, order, share, policies.</param>
    /// <param name="time">The clock that measures <see cref="WaitTime"/>; the system's when null.</param>
    /// <exception cref="OptionsException">An option is out of range.</exception>
    /// <exception cref="DllNotFoundException">DuckDB's library is missing; the message has the command that installs it.</exception>
    public ParquetBatchSource(DatasetFolder dataset, DatasetSplit split, BatchSourceOptions options, TimeProvider? time = null)
        : this((dataset ?? throw new ArgumentNullException(nameof(dataset))).Schema, dataset.Files(split), options, time)
    {
    }

    /// <summary>Initializes a new instance of the <see cref="ParquetBatchSource"/> class over any files of the schema's columns.</summary>
    /// <param name="schema">The columns.</param>
    /// <param name="files">The files with full paths and their rows.</param>
    /// <param name="options">Batch size, order, share, policies.</param>
    /// <param name="time">The clock that measures <see cref="WaitTime"/>; the system's when null.</param>
    /// <exception cref="OptionsException">An option is out of range.</exception>
    /// <exception cref="DllNotFoundException">DuckDB's library is missing; the message has the command that installs it.</exception>
    public ParquetBatchSource(DatasetSchema schema, IReadOnlyList<DatasetFile> files, BatchSourceOptions options, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(schema);
        ArgumentNullException.ThrowIfNull(files);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _schema = schema;
        _options = options;
        _time = time ?? TimeProvider.System;
        _plan = SharesBatches ? ShardPlan.Make(files, 0, 1) : ShardPlan.Make(files, options.Worker, options.WorldSize);
        Samples = SharesBatches ? (_plan.Rows / options.BatchSize * Part(options.BatchSize).Length) + Part((int)(_plan.Rows % options.BatchSize)).Length : _plan.Rows;
        Cardinalities = [.. schema.Sparse.Select(static feature => feature.Rows)];
        int blockRows = options.ShuffleWindow > 0 ? options.ShuffleWindow : OrderedBlockRows;
        _block = new RowBlock(schema, options, (int)Math.Max(1, Math.Min(blockRows, _plan.Rows)));
        _batches = [.. Enumerable.Range(0, options.ReadAhead + 1).Select(_ => new Batch(schema.Dense.Count, schema.Sparse.Count))];
        _connection = new DuckDbConnection(new DuckDbOptions { MemoryLimitBytes = options.MemoryLimitBytes, Threads = options.Threads });
    }

    /// <inheritdoc/>
    public int DenseFeatures => _schema.Dense.Count;

    /// <inheritdoc/>
    public IReadOnlyList<long> Cardinalities { get; }

    /// <inheritdoc/>
    public long Samples { get; }

    /// <inheritdoc/>
    public RowSharing Sharing => _options.Sharing;

    /// <inheritdoc/>
    public DataCursor Cursor => new(_epoch, _row);

    /// <inheritdoc/>
    public TimeSpan WaitTime => _waited;

    /// <summary>Gets the rows that were left out since the source was opened, by <see cref="NonFinitePolicy.Skip"/>; those of batches read ahead count.</summary>
    public long SkippedRows => Interlocked.Read(ref _skipped);

    private bool SharesBatches => _options.Sharing == RowSharing.Batches && _options.WorldSize > 1;

    /// <inheritdoc/>
    public void Dispose()
    {
        Stop();
        _connection.Dispose();
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">The place is outside of the epoch.</exception>
    public void Seek(DataCursor cursor)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(cursor.Epoch, nameof(cursor));
        if (cursor.Row < 0 || cursor.Row > _plan.Rows)
        {
            throw new ArgumentOutOfRangeException(nameof(cursor), $"Row {cursor.Row} of epoch {cursor.Epoch} is outside of this worker's {_plan.Rows} rows.");
        }

        Stop();
        _epoch = cursor.Epoch;
        _row = cursor.Row;
    }

    /// <inheritdoc/>
    /// <exception cref="DataFormatException">A file can't be read as what it should be; the message has path, row, column and value.</exception>
    /// <exception cref="IOException">Memory or disk do not suffice.</exception>
    public bool TryRead(out Batch batch)
    {
        if (_ahead is null)
        {
            Start();
        }

        Batch? next = _ahead!.Take(ref _row, _time, ref _waited);
        batch = next ?? _batches[0];
        if (next is null)
        {
            _row = _plan.Rows;
        }

        return next is not null;
    }

    private void Start()
    {
        ReadAhead ahead = new(_batches);
        int epoch = _epoch;
        long row = _row;
        _ahead = ahead;
        _thread = new Thread(() => Produce(ahead, epoch, row)) { IsBackground = true, Name = "dlrm-read-ahead" };
        _thread.Start();
    }

    private void Stop()
    {
        _ahead?.Stop();
        _thread?.Join();
        _ahead = null;
        _thread = null;
    }

    private void Produce(ReadAhead ahead, int epoch, long row)
    {
        try
        {
            ProduceEpoch(ahead, epoch, row);
            ahead.Complete(null);
        }
        catch (Exception exception)
        {
            // The consumer gets it, after the batches that came before it.
            ahead.Complete(exception);
        }
    }

    private void ProduceEpoch(ReadAhead ahead, int epoch, long row)
    {
        ShardPiece[] pieces = _plan.Order(_options.ShuffleWindow > 0, _options.Seed, epoch);
        long blockNumber = row / _block.Capacity;
        using PieceReader reader = new(_connection, _schema, pieces, blockNumber * _block.Capacity);
        FillBlock(reader, epoch, blockNumber);
        _block.Skip((int)(row - (blockNumber * _block.Capacity)));
        while (row < _plan.Rows && ahead.Rent() is { } batch)
        {
            // This worker's part of the batch, and the rows of the others before and after it.
            int whole = SharesBatches ? (int)Math.Min(_options.BatchSize, _plan.Rows - row) : _options.BatchSize;
            (int first, int length) = SharesBatches ? Part(whole) : (0, whole);
            batch.FirstSample = _plan.FirstRow + row + first;
            long skipped = 0;
            int size = 0;
            batch.Resize(length);
            Pass(reader, epoch, ref blockNumber, ref row, first);
            while (size < length && row < _plan.Rows)
            {
                if (_block.Remaining == 0)
                {
                    FillBlock(reader, epoch, ++blockNumber);
                }

                int before = _block.Remaining;
                size += _block.Gather(batch, size, length - size, ref skipped);
                row += before - _block.Remaining;
                if (ahead.IsStopped)
                {
                    return;
                }
            }

            Pass(reader, epoch, ref blockNumber, ref row, SharesBatches ? whole - first - length : 0);
            Interlocked.Add(ref _skipped, skipped);
            batch.Resize(size);
            if (size > 0 || SharesBatches)
            {
                if (size == 0)
                {
                    batch.ClearBags();
                }

                ahead.Publish(row);
            }
        }

        // Reading past the last row shows a file that is longer than the schema says.
        _block.Clear();
        reader.Fill(_block);
    }

    /// <summary>Gets the part of a batch that is this worker's.</summary>
    private (int First, int Length) Part(int samples)
    {
        int first = (int)((long)samples * _options.Worker / _options.WorldSize);
        return (first, (int)((long)samples * (_options.Worker + 1) / _options.WorldSize) - first);
    }

    /// <summary>Passes over rows that are the others'.</summary>
    private void Pass(PieceReader reader, int epoch, ref long blockNumber, ref long row, int count)
    {
        row += count;
        while (count > 0)
        {
            if (_block.Remaining == 0)
            {
                FillBlock(reader, epoch, ++blockNumber);
            }

            int passed = Math.Min(count, _block.Remaining);
            _block.Skip(passed);
            count -= passed;
        }
    }

    private void FillBlock(PieceReader reader, int epoch, long number)
    {
        _block.Clear();
        reader.Fill(_block);
        _block.SetOrder(_options.ShuffleWindow > 0
            ? new RandomStream(_options.Seed, RowsPurpose).Derive(_options.Seed).Derive((ulong)epoch).Derive(SharesBatches ? 0 : (ulong)_options.Worker).Derive((ulong)number)
            : null);
    }
}
