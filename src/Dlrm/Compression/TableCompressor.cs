using Dlrm.Checkpoints;
using Dlrm.Embeddings;
using Dlrm.Numerics;
using Dlrm.Training;

namespace Dlrm.Compression;

/// <summary>Decomposes one table once, and says what every method and storage type would cost and lose.</summary>
/// <remarks>
/// <code>
/// predicted ‖W − Ŵ‖² = discarded σ² + q·(‖W‖² − discarded σ²)        q: the sum over the cores of the relative squared error of their storage type
/// </code>
/// </remarks>
internal sealed class TableCompressor
{
    private const int BlockRows = 1 << 14;

    private readonly SourceTable _table;
    private readonly CompressionOptions _options;
    private readonly Dictionary<CompressionMethod, TtmTensor> _tensors = [];
    private readonly Dictionary<StorageType, double> _rowErrors = [];
    private readonly Dictionary<(CompressionMethod Method, StorageType Type), double> _coreErrors = [];
    private double _squares;

    private TableCompressor(SourceTable table, CompressionOptions options)
    {
        _table = table;
        _options = options;
    }

    /// <summary>Gets ‖W‖².</summary>
    internal double Squares => _squares;

    /// <summary>Decomposes a table.</summary>
    /// <param name="device">Multiplies.</param>
    /// <param name="table">The table.</param>
    /// <param name="options">Methods, ranks and storage types.</param>
    /// <param name="mostBytes">What the table may take at most; larger ranks are not looked at.</param>
    /// <param name="progress">Receives the share done, or null.</param>
    /// <param name="cancellation">Gives up between two blocks.</param>
    /// <returns>The decomposed table.</returns>
    internal static TableCompressor Prepare(IDevice device, SourceTable table, CompressionOptions options, long mostBytes, IProgress<double>? progress, CancellationToken cancellation)
    {
        TableCompressor compressor = new(table, options);
        compressor.MeasureRows(cancellation);
        CompressionMethod[] methods = [.. options.Methods.Where(method => method != CompressionMethod.Rows && table.Rows.Rows > options.CompressAbove)];
        for (int m = 0; m < methods.Length; m++)
        {
            int number = m;
            compressor.Decompose(device, methods[m], mostBytes, new ShareProgress(share => progress?.Report((number + share) / methods.Length)), cancellation);
        }

        return compressor;
    }

    /// <summary>Lists what the table may become.</summary>
    /// <param name="storage">The storage types.</param>
    /// <param name="mostBytes">The most bytes of interest.</param>
    /// <returns>Points of all methods.</returns>
    internal IReadOnlyList<CompressionPoint> Points(StorageOptions storage, long mostBytes)
    {
        List<CompressionPoint> points = [];
        if (_options.Methods.Contains(CompressionMethod.Rows) || _table.Rows.Rows <= _options.CompressAbove)
        {
            points.Add(new CompressionPoint(Name(CompressionMethod.Rows), storage.RowBytes(_table.Rows.Rows, _table.Rows.Columns), _rowErrors[storage.Rows], []) { MethodNumber = (int)CompressionMethod.Rows });
        }

        foreach ((CompressionMethod method, TtmTensor tensor) in _tensors)
        {
            double quantization = _coreErrors[(method, storage.Cores)];
            double lost = Math.Max(_squares - Math.Pow(TtmRounding.Norm(tensor), 2), 0);
            points.AddRange(CompressionCurve.Of(tensor, lost, ranks => Bytes(tensor, ranks, storage.Cores), mostBytes)
                .Select(point => point with { Method = Name(method), MethodNumber = (int)method, SquaredError = point.SquaredError + (quantization * (_squares - point.SquaredError)) }));
        }

        return points;
    }

    /// <summary>Says how the model makes the table.</summary>
    /// <param name="point">The choice.</param>
    /// <returns>The table's options.</returns>
    internal TableOptions OptionsOf(CompressionPoint point)
    {
        CompressionMethod method = (CompressionMethod)point.MethodNumber;
        return method == CompressionMethod.Rows
            ? new TableOptions { Kind = TableKind.Dense }
            : new TableOptions { Kind = TableKind.LowRank, CompressAbove = 0, Format = TensorFormat.Ttm, RowModes = _tensors[method].RowModes, ColumnModes = _tensors[method].ColumnModes, StartRanks = point.Ranks };
    }

    /// <summary>Writes the table's numbers as the model reads them.</summary>
    /// <param name="device">Where the buffers live.</param>
    /// <param name="point">The choice.</param>
    /// <param name="writer">Receives them.</param>
    internal void Write(IDevice device, CompressionPoint point, IStateWriter writer)
    {
        string name = $"tables.{_table.Name}";
        CompressionMethod method = (CompressionMethod)point.MethodNumber;
        if (method == CompressionMethod.Rows)
        {
            float[] values = new float[checked(_table.Rows.Rows * _table.Rows.Columns)];
            _table.Rows.Read(0, (int)_table.Rows.Rows, values);
            using DeviceBuffer<float> rows = device.Allocate<float>(values.Length);
            rows.CopyFrom(values);
            writer.Write(name, [_table.Rows.Rows, _table.Rows.Columns], rows);
            return;
        }

        TtmTensor tensor = _tensors[method].Clone();
        TtmRounding.Truncate(tensor, point.Ranks);
        Balance(tensor);
        writer.Write($"{name}.ranks", tensor.Ranks.Skip(1).Take(tensor.Order - 1).Select(static rank => (long)rank).ToArray());
        for (int k = 0; k < tensor.Order; k++)
        {
            float[] stored = tensor.Stored(k);
            using DeviceBuffer<float> core = device.Allocate<float>(stored.Length);
            core.CopyFrom(stored);
            writer.Write($"{name}.core.{k}", [tensor.RowModes[k], tensor.Ranks[k], tensor.ColumnModes[k], tensor.Ranks[k + 1]], core);
        }
    }

    private static string Name(CompressionMethod method) => method switch
    {
        CompressionMethod.Rows => "rows",
        CompressionMethod.Projection => "projection",
        _ => "tt-svd",
    };

    private static long Bytes(TtmTensor tensor, IReadOnlyList<int> ranks, StorageType type)
    {
        long bytes = 0;
        for (int k = 0; k < tensor.Order; k++)
        {
            bytes += TensorCode.Bytes(type, [tensor.RowModes[k], k == 0 ? 1 : ranks[k - 1], tensor.ColumnModes[k], k == tensor.Order - 1 ? 1 : ranks[k]]);
        }

        return bytes;
    }

    /// <summary>Gives all cores the same root mean square; the product stays.</summary>
    private static void Balance(TtmTensor tensor)
    {
        double[] sizes = [.. tensor.Cores.Select(core => Math.Sqrt(core.Sum(value => value * value) / core.Length))];
        if (sizes.Any(size => size == 0))
        {
            return;
        }

        double mean = Math.Exp(sizes.Average(Math.Log));
        for (int k = 0; k < tensor.Order; k++)
        {
            double factor = mean / sizes[k];
            tensor.Cores[k] = Array.ConvertAll(tensor.Cores[k], value => value * factor);
        }
    }

    private void MeasureRows(CancellationToken cancellation)
    {
        int columns = _table.Rows.Columns;
        foreach (StorageType type in _options.Storage)
        {
            _rowErrors[type] = 0;
        }

        for (long row = 0; row < _table.Rows.Rows; row += BlockRows)
        {
            cancellation.ThrowIfCancellationRequested();
            float[] values = new float[Math.Min(BlockRows, _table.Rows.Rows - row) * columns];
            _table.Rows.Read(row, values.Length / columns, values);
            double squares = System.Numerics.Tensors.TensorPrimitives.SumOfSquares(values.AsSpan());
            if (!double.IsFinite(squares))
            {
                throw new NotFiniteNumberException($"Table '{_table.Name}' has a number that is NaN or infinite between rows {row} and {row + (values.Length / columns)}; mend it before it is compressed.");
            }

            _squares += squares;
            foreach (StorageType type in _options.Storage)
            {
                _rowErrors[type] += StorageRounding.SquaredError(type, [values.Length / columns, columns], values);
            }
        }
    }

    private void Decompose(IDevice device, CompressionMethod method, long mostBytes, IProgress<double> progress, CancellationToken cancellation)
    {
        long rows = _table.Rows.Rows;
        int columns = _table.Rows.Columns;
        bool isProjection = method == CompressionMethod.Projection;
        int[] rowModes = isProjection ? [checked((int)rows), 1] : TtmModes.Rows(rows, _options.Order);
        int[] columnModes = isProjection ? [1, columns] : TtmModes.Columns(columns, _options.Order);
        int rank = isProjection ? columns : _options.MaxRank;
        long least = StorageBytes(isProjection ? rows : rowModes.Max());
        rank = (int)Math.Clamp(mostBytes / Math.Max(least, 1), 1, rank);
        (TtmTensor tensor, _) = StreamingTtSvd.Decompose(
            device, _table.Rows, rowModes, columnModes, new TtSvdOptions { MaxRank = rank, MemoryBytes = _options.MemoryBytes, Seed = _options.Seed }, progress, cancellation);
        TtmRounding.Orthogonalize(tensor);
        TtmRounding.Truncate(tensor, [.. Enumerable.Repeat(rank, tensor.Order - 1)]);
        TtmRounding.Orthogonalize(tensor);
        _tensors[method] = tensor;
        TtmTensor balanced = tensor.Clone();
        Balance(balanced);
        foreach (StorageType type in _options.Storage)
        {
            _coreErrors[(method, type)] = Enumerable.Range(0, balanced.Order).Sum(k =>
            {
                float[] stored = balanced.Stored(k);
                double squares = System.Numerics.Tensors.TensorPrimitives.SumOfSquares(stored.AsSpan());
                return squares == 0 ? 0 : StorageRounding.SquaredError(type, [balanced.RowModes[k], balanced.Ranks[k], balanced.ColumnModes[k], balanced.Ranks[k + 1]], stored) / squares;
            });
        }
    }

    /// <summary>The fewest bytes that some numbers take.</summary>
    private long StorageBytes(long numbers) => _options.Storage.Min(type => TensorCode.Bytes(type, [numbers, 1]));
}
