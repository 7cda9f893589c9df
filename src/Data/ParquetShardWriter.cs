using System.Globalization;
using Dlrm.Numerics;

namespace Dlrm.Data;

/// <summary>Writes the rows of one split as Parquet files of a given number of rows, zstd, in the order given.</summary>
/// <remarks>
/// Columns: the label (uint8 or float32), dense features float32, sparse features int32 or LIST of int32, weights LIST of float32.
/// <para>Rows of the file being filled lie in a table of DuckDB, within its memory limit; a full file is written in one go.</para>
/// </remarks>
internal sealed class ParquetShardWriter : IDisposable
{
    private readonly DuckDbConnection _connection;
    private readonly DatasetWriterOptions _options;
    private readonly DatasetSchema _schema;
    private readonly string _root;
    private readonly string _split;
    private readonly string _table;
    private readonly List<DatasetFile> _files = [];
    private DuckDbAppender? _appender;
    private long _rows;

    /// <summary>Initializes a new instance of the <see cref="ParquetShardWriter"/> class.</summary>
    /// <param name="connection">The database whose memory holds the file being filled; stays the caller's.</param>
    /// <param name="root">The folder of the dataset being written.</param>
    /// <param name="split">The split; its name in lower case is the folder.</param>
    /// <param name="options">Columns and sizes.</param>
    internal ParquetShardWriter(DuckDbConnection connection, string root, DatasetSplit split, DatasetWriterOptions options)
    {
        _connection = connection;
        _options = options;
        _schema = options.Schema;
        _root = root;
        _split = split.ToString().ToLowerInvariant();
        _table = "rows_" + _split;
    }

    /// <inheritdoc/>
    public void Dispose() => _appender?.Dispose();

    /// <summary>Appends the samples of a batch.</summary>
    /// <param name="batch">The samples.</param>
    /// <exception cref="ArgumentException">The batch's features are not the schema's, or an index is outside of its table, or a label outside of its range.</exception>
    /// <exception cref="DuckDbException">DuckDB failed.</exception>
    internal void Append(Batch batch)
    {
        Check(batch);
        int first = 0;
        while (first < batch.Size)
        {
            _appender ??= Begin();
            int count = (int)Math.Min(Math.Min(batch.Size - first, DuckDbAppender.Capacity), _options.RowsPerFile - _rows);
            Fill(_appender, batch, first, count);
            _appender.Append(count);
            _rows += count;
            first += count;
            if (_rows == _options.RowsPerFile)
            {
                WriteFile();
            }
        }
    }

    /// <summary>Writes the last file.</summary>
    /// <returns>All files in order.</returns>
    /// <exception cref="DuckDbException">DuckDB failed.</exception>
    internal IReadOnlyList<DatasetFile> Complete()
    {
        if (_rows > 0)
        {
            WriteFile();
        }

        return _files;
    }

    private static void FillBags(DuckDbAppender appender, int column, SparseFeature feature, JaggedIndices bags, int first, int count)
    {
        int start = bags.Offsets[first];
        int total = bags.Offsets[first + count] - start;
        FillOffsets(appender.Column<ListEntry>(column), bags, first, count);
        Span<int> ids = appender.Elements<int>(column, total);
        ReadOnlySpan<long> indices = bags.Indices.Slice(start, total);
        for (int i = 0; i < total; i++)
        {
            ids[i] = (int)indices[i];
        }

        if (feature.IsWeighted)
        {
            FillOffsets(appender.Column<ListEntry>(column + 1), bags, first, count);
            bags.Weights.Slice(start, total).CopyTo(appender.Elements<float>(column + 1, total));
        }
    }

    private static void FillOffsets(Span<ListEntry> entries, JaggedIndices bags, int first, int count)
    {
        ReadOnlySpan<int> offsets = bags.Offsets;
        for (int b = 0; b < count; b++)
        {
            entries[b].Offset = (ulong)(offsets[first + b] - offsets[first]);
            entries[b].Length = (ulong)(offsets[first + b + 1] - offsets[first + b]);
        }
    }

    private void Fill(DuckDbAppender appender, Batch batch, int first, int count)
    {
        ReadOnlySpan<float> labels = batch.Labels.Slice(first, count);
        if (_schema.LabelKind == LabelKind.Binary)
        {
            Span<byte> column = appender.Column<byte>(0);
            for (int b = 0; b < count; b++)
            {
                column[b] = labels[b] == 1 ? (byte)1 : (byte)0;
            }
        }
        else
        {
            labels.CopyTo(appender.Column<float>(0));
        }

        int features = batch.DenseFeatures;
        ReadOnlySpan<float> dense = batch.Dense.Slice(first * features, count * features);
        for (int d = 0; d < features; d++)
        {
            Span<float> column = appender.Column<float>(1 + d);
            for (int b = 0; b < count; b++)
            {
                column[b] = dense[(b * features) + d];
            }
        }

        int position = 1 + features;
        for (int f = 0; f < batch.Sparse.Length; f++)
        {
            SparseFeature feature = _schema.Sparse[f];
            if (feature.IsMultiHot)
            {
                FillBags(appender, position, feature, batch.Sparse[f], first, count);
            }
            else
            {
                Span<int> ids = appender.Column<int>(position);
                ReadOnlySpan<long> indices = batch.Sparse[f].Indices.Slice(first, count);
                for (int b = 0; b < count; b++)
                {
                    ids[b] = (int)indices[b];
                }
            }

            position += feature.IsWeighted ? 2 : 1;
        }
    }

    private DuckDbAppender Begin()
    {
        List<string> columns = [$"{DuckDbConnection.Name(_schema.Label)} {(_schema.LabelKind == LabelKind.Binary ? "UTINYINT" : "FLOAT")}"];
        columns.AddRange(_schema.Dense.Select(static name => $"{DuckDbConnection.Name(name)} FLOAT"));
        foreach (SparseFeature feature in _schema.Sparse)
        {
            columns.Add($"{DuckDbConnection.Name(feature.Name)} {(feature.IsMultiHot ? "INTEGER[]" : "INTEGER")}");
            if (feature.IsWeighted)
            {
                columns.Add($"{DuckDbConnection.Name(feature.WeightsColumn)} FLOAT[]");
            }
        }

        _connection.Execute($"CREATE TABLE {_table} ({string.Join(", ", columns)})");
        return _connection.Append(_table);
    }

    private void WriteFile()
    {
        _appender!.Complete();
        _appender.Dispose();
        _appender = null;
        string name = string.Create(CultureInfo.InvariantCulture, $"{_split}/part-{_files.Count:D5}.parquet");
        string path = Path.Combine(_root, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        _connection.Execute(
            $"COPY {_table} TO {DuckDbConnection.Literal(path)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {_options.RowGroupRows})");
        _connection.Execute($"DROP TABLE {_table}");
        _files.Add(new DatasetFile(name, _rows));
        _rows = 0;
    }

    private void Check(Batch batch)
    {
        if (batch.DenseFeatures != _schema.Dense.Count || batch.Sparse.Length != _schema.Sparse.Count)
        {
            throw new ArgumentException(
                $"The batch has {batch.DenseFeatures} dense and {batch.Sparse.Length} sparse features, but the schema {_schema.Dense.Count} and {_schema.Sparse.Count}.",
                nameof(batch));
        }

        foreach (float label in batch.Labels)
        {
            bool isGood = _schema.LabelKind == LabelKind.Binary ? label is 0 or 1 : label is >= 0 and <= 1;
            if (!isGood)
            {
                throw new ArgumentException($"A label is {label:R}; {_schema.LabelKind} labels are {(_schema.LabelKind == LabelKind.Binary ? "0 or 1" : "in [0, 1]")}.", nameof(batch));
            }
        }

        for (int f = 0; f < batch.Sparse.Length; f++)
        {
            SparseFeature feature = _schema.Sparse[f];
            JaggedIndices bags = batch.Sparse[f];
            bags.Validate(feature.Rows, feature.Name);
            if (bags.Bags != batch.Size || bags.IsWeighted != feature.IsWeighted || (!feature.IsMultiHot && bags.Count != batch.Size))
            {
                throw new ArgumentException(
                    $"{feature.Name} has {bags.Count} ids in {bags.Bags} bags for {batch.Size} samples, weighted: {bags.IsWeighted}; the schema says lists: {feature.IsMultiHot}, weighted: {feature.IsWeighted}.",
                    nameof(batch));
            }
        }
    }
}
