using Dlrm.Compression.Methods;
using Dlrm.Embeddings;
using Dlrm.Numerics;

namespace Dlrm.Compression;

/// <summary>Looks at one table with every method once, and says what each would cost and lose.</summary>
internal sealed class TableCompressor
{
    private readonly Dictionary<CompressionMethod, ITableMethod> _methods = [];
    private readonly Dictionary<(CompressionMethod Method, StorageType Type, long MostBytes), CompressionPoint[]> _points = [];
    private readonly SourceTable _table;
    private readonly bool _mayKeepRows;

    private TableCompressor(SourceTable table, double squares, bool mayKeepRows)
    {
        _table = table;
        Squares = squares;
        _mayKeepRows = mayKeepRows;
    }

    /// <summary>Gets ‖W‖².</summary>
    internal double Squares { get; }

    /// <summary>Looks at a table.</summary>
    /// <param name="device">Multiplies.</param>
    /// <param name="table">The table.</param>
    /// <param name="options">Methods, ranks and storage types.</param>
    /// <param name="mostBytes">What the table may take at most; larger ranks are not looked at.</param>
    /// <param name="progress">Receives the share done, or null.</param>
    /// <param name="cancellation">Gives up between two blocks.</param>
    /// <returns>The table with its methods.</returns>
    internal static TableCompressor Prepare(IDevice device, SourceTable table, CompressionOptions options, long mostBytes, IProgress<double>? progress, CancellationToken cancellation)
    {
        bool isSmall = table.Rows.Rows <= options.CompressAbove;
        CompressionMethod[] asked = [.. options.Methods.Count > 0 ? options.Methods.Distinct() : TableMethods.Automatic(table.Rows.Rows, table.Rows.Columns, options)];
        bool mayKeepRows = isSmall || asked.Contains(CompressionMethod.Rows);
        (RowsMethod rows, double squares) = RowsMethod.Measure(table, [.. options.Storage.Where(type => mayKeepRows && RowsMethod.BytesOf(table, type) <= mostBytes)], cancellation);
        TableCompressor compressor = new(table, squares, mayKeepRows);
        compressor._methods[CompressionMethod.Rows] = rows;
        CompressionMethod[] methods = [.. asked.Where(method => method != CompressionMethod.Rows && !isSmall)];
        for (int m = 0; m < methods.Length; m++)
        {
            int number = m;
            compressor._methods[methods[m]] = TableMethods.Prepare(
                methods[m], new MethodInput(device, table, options, squares, mostBytes, new ShareProgress(share => progress?.Report((number + share) / methods.Length)), cancellation));
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
        foreach (ITableMethod method in _methods.Values.Where(method => _mayKeepRows || method.Method != CompressionMethod.Rows))
        {
            StorageType type = method.StoresRows ? storage.Rows : storage.Cores;
            if (!_points.TryGetValue((method.Method, type, mostBytes), out CompressionPoint[]? known))
            {
                _points[(method.Method, type, mostBytes)] = known = [.. method.Points(type, mostBytes)];
            }

            points.AddRange(known);
        }

        return points;
    }

    /// <summary>Gets the storage type of a choice's numbers.</summary>
    /// <param name="point">The choice.</param>
    /// <param name="storage">The storage types.</param>
    /// <returns>That of rows or of cores.</returns>
    internal StorageType TypeOf(CompressionPoint point, StorageOptions storage) => MethodOf(point).StoresRows ? storage.Rows : storage.Cores;

    /// <summary>Gets the singular values of a choice's bonds.</summary>
    /// <param name="point">The choice.</param>
    /// <returns>For each bond, falling; empty when it has none.</returns>
    internal IReadOnlyList<double[]> SpectraOf(CompressionPoint point) => MethodOf(point).SpectraOf(point);

    /// <summary>Says how the model makes the table.</summary>
    /// <param name="point">The choice.</param>
    /// <returns>The table's options.</returns>
    internal TableOptions OptionsOf(CompressionPoint point) => MethodOf(point).OptionsOf(point);

    /// <summary>Writes the table's numbers as the model reads them.</summary>
    /// <param name="device">Where the buffers live.</param>
    /// <param name="point">The choice.</param>
    /// <param name="writer">Receives them.</param>
    internal void Write(IDevice device, CompressionPoint point, IStateWriter writer) => MethodOf(point).Write(point, new TableWriter(device, _table.Name, writer));

    private ITableMethod MethodOf(CompressionPoint point) => _methods[(CompressionMethod)point.MethodNumber];
}
