using Dlrm.Numerics;

namespace Dlrm.Data;

/// <summary>Gives batches straight from raw text or Parquet files in the order of their rows, encoded as a dataset's schema says: for prediction on new rows.</summary>
/// <remarks>A value that the vocabulary does not know has the id of rare values, and is counted. One thread at a time may call it.</remarks>
public sealed class RawBatchSource : IBatchSource
{
    private readonly DatasetSchema _schema;
    private readonly RawBatchSourceOptions _options;
    private readonly TimeProvider _time;
    private readonly DuckDbConnection _connection;
    private readonly RawFile[] _files;
    private readonly FeatureEncoder _encoder;
    private readonly Batch _batch;
    private readonly int[] _rows = new int[DuckDbAppender.Capacity];
    private DuckDbReader? _reader;
    private long? _samples;
    private int _file;
    private int _chunkRow;
    private long _fileRow;
    private int _epoch;
    private long _row;

    /// <summary>Initializes a new instance of the <see cref="RawBatchSource"/> class.</summary>
    /// <param name="schema">The schema of the dataset that the model was trained on.</param>
    /// <param name="vocabularyPath">The dataset's <c>vocabulary.parquet</c>; may be null when ids do not come from one.</param>
    /// <param name="inputs">Files, folders or patterns, as in <see cref="ConvertOptions.Inputs"/>.</param>
    /// <param name="options">Batch size and formats.</param>
    /// <param name="time">The clock that measures <see cref="WaitTime"/>; the system's when null.</param>
    /// <exception cref="OptionsException">An option is out of range.</exception>
    /// <exception cref="DataFormatException">The vocabulary is not the schema's, a file lacks a column, or the schema has lists, which raw rows can't give.</exception>
    /// <exception cref="DllNotFoundException">DuckDB's library is missing; the message has the command that installs it.</exception>
    public RawBatchSource(DatasetSchema schema, string? vocabularyPath, IReadOnlyList<string> inputs, RawBatchSourceOptions options, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(schema);
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _schema = schema;
        _options = options;
        _time = time ?? TimeProvider.System;
        RawInputOptions input = options.Input ?? new RawInputOptions { Columns = ColumnMapping.Of(schema) };
        RequireSameCount("dense", input.Columns.Dense.Count, schema.Dense.Count);
        RequireSameCount("sparse", input.Columns.Sparse.Count, schema.Sparse.Count);
        if (schema.Sparse.FirstOrDefault(static feature => feature.IsMultiHot) is { } list)
        {
            throw new DataFormatException($"Feature {list.Name} has lists of ids, which raw rows can't give: write the rows as a dataset.");
        }

        Cardinalities = [.. schema.Sparse.Select(static feature => feature.Rows)];
        _batch = new Batch(schema.Dense.Count, schema.Sparse.Count);
        _connection = new DuckDbConnection(new DuckDbOptions { MemoryLimitBytes = options.MemoryLimitBytes, Threads = options.Threads });
        try
        {
            _files = [.. RawFileList.Find(inputs).Select(path => RawFile.Open(_connection, path, input, isLabelOptional: !options.RequireLabels))];
            Vocabulary? vocabulary = null;
            if (schema.Ids.Kind == IdEncodingKind.Vocabulary)
            {
                vocabulary = Vocabulary.ReadFor(
                    _connection, vocabularyPath ?? throw new DataFormatException("The schema's ids come from a vocabulary: name its vocabulary.parquet."), schema);
            }

            _encoder = new FeatureEncoder(schema, vocabulary);
        }
        catch
        {
            _connection.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public int DenseFeatures => _schema.Dense.Count;

    /// <inheritdoc/>
    public IReadOnlyList<long> Cardinalities { get; }

    /// <inheritdoc/>
    /// <remarks>The first call counts the rows, for which text has to be read once.</remarks>
    /// <exception cref="DataFormatException">A file can't be read.</exception>
    public long Samples => _samples ??= CountRows();

    /// <inheritdoc/>
    public DataCursor Cursor => new(_epoch, _row);

    /// <inheritdoc/>
    public TimeSpan WaitTime { get; private set; }

    /// <summary>Gets a value indicating whether every file has a label column; see <see cref="MissingLabels"/> too.</summary>
    public bool HasLabels => Array.TrueForAll(_files, static file => file.HasLabel);

    /// <summary>Gets the rows read so far that have no label.</summary>
    public long MissingLabels => _encoder.LabelMissing;

    /// <summary>Gets the values read so far that the vocabulary does not know, by sparse feature.</summary>
    public IReadOnlyList<long> UnknownValues => _encoder.SparseRare;

    /// <inheritdoc/>
    public void Dispose()
    {
        _reader?.Dispose();
        _connection.Dispose();
    }

    /// <inheritdoc/>
    /// <remarks>Rows before the place are read and dropped.</remarks>
    public void Seek(DataCursor cursor)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(cursor.Epoch, nameof(cursor));
        ArgumentOutOfRangeException.ThrowIfNegative(cursor.Row, nameof(cursor));
        _reader?.Dispose();
        _reader = null;
        _file = 0;
        _fileRow = 0;
        _chunkRow = 0;
        _epoch = cursor.Epoch;
        _row = 0;
        while (_row < cursor.Row && NextChunk())
        {
            int count = (int)Math.Min(cursor.Row - _row, _reader!.Rows - _chunkRow);
            _chunkRow += count;
            _row += count;
        }

        if (_row < cursor.Row)
        {
            throw new ArgumentOutOfRangeException(nameof(cursor), $"Row {cursor.Row} is outside of the {_row} rows.");
        }
    }

    /// <inheritdoc/>
    /// <exception cref="DataFormatException">A row is not what it should be; the message has path, row, column and value.</exception>
    public bool TryRead(out Batch batch)
    {
        long start = _time.GetTimestamp();
        batch = _batch;
        batch.Resize(0);
        batch.FirstSample = _row;
        while (batch.Size < _options.BatchSize && NextChunk())
        {
            int count = Math.Min(_options.BatchSize - batch.Size, _reader!.Rows - _chunkRow);
            for (int i = 0; i < count; i++)
            {
                _rows[i] = _chunkRow + i;
            }

            _encoder.Append(_reader, _rows.AsSpan(0, count), batch, batch.Size, new RowPlace(_files[_file].FullPath, _fileRow));
            _chunkRow += count;
            _row += count;
        }

        WaitTime += _time.GetElapsedTime(start);
        return batch.Size > 0;
    }

    private static void RequireSameCount(string kind, int given, int expected)
    {
        if (given != expected)
        {
            throw new DataFormatException($"The columns name {given} {kind} features, but the schema has {expected}.");
        }
    }

    // Makes sure that the current chunk has a row left; _fileRow is the file's row of the chunk's row 0.
    private bool NextChunk()
    {
        while (_file < _files.Length)
        {
            RawFile file = _files[_file];
            if (_reader is not null && _chunkRow < _reader.Rows)
            {
                return true;
            }

            try
            {
                if (_reader is null && !file.IsEmpty)
                {
                    _reader = _connection.Query(file.Query);
                }

                _fileRow += _reader?.Rows ?? 0;
                _chunkRow = 0;
                if (_reader is not null && _reader.Read())
                {
                    return true;
                }
            }
            catch (DuckDbException exception)
            {
                _reader?.Dispose();
                _reader = null;
                throw file.Explain(_connection, exception);
            }

            _reader?.Dispose();
            _reader = null;
            _fileRow = 0;
            _file++;
        }

        return false;
    }

    private long CountRows()
    {
        // A connection of its own: a reader may be open on the other.
        using DuckDbConnection connection = new(new DuckDbOptions { MemoryLimitBytes = _options.MemoryLimitBytes, Threads = _options.Threads });
        long rows = 0;
        foreach (RawFile file in _files.Where(static file => !file.IsEmpty))
        {
            try
            {
                rows += connection.Scalar($"SELECT count(*) FROM {file.Source}");
            }
            catch (DuckDbException exception)
            {
                throw exception.At(file.FullPath);
            }
        }

        return rows;
    }
}
