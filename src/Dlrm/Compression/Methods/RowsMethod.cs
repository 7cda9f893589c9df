using Dlrm.Checkpoints;
using Dlrm.Embeddings;

namespace Dlrm.Compression.Methods;

/// <summary>Every row as it is, rounded to the storage type of rows.</summary>
internal sealed class RowsMethod : ITableMethod
{
    private readonly SourceTable _table;
    private readonly Dictionary<StorageType, double> _errors;

    private RowsMethod(SourceTable table, Dictionary<StorageType, double> errors)
    {
        _table = table;
        _errors = errors;
    }

    /// <inheritdoc/>
    public CompressionMethod Method => CompressionMethod.Rows;

    /// <inheritdoc/>
    public bool StoresRows => true;

    /// <inheritdoc/>
    public IReadOnlyList<double[]> SpectraOf(CompressionPoint point) => [];

    /// <summary>Reads the table once, and measures what every storage type loses.</summary>
    /// <param name="table">The table.</param>
    /// <param name="storage">The storage types of interest; measuring one costs far more than reading the table.</param>
    /// <param name="cancellation">Gives up between two blocks.</param>
    /// <returns>The method, and ‖W‖².</returns>
    /// <exception cref="NotFiniteNumberException">The table has a number that is NaN or infinite.</exception>
    internal static (RowsMethod Method, double Squares) Measure(SourceTable table, IReadOnlyList<StorageType> storage, CancellationToken cancellation)
    {
        Dictionary<StorageType, double> errors = storage.Distinct().ToDictionary(static type => type, static _ => 0.0);
        double total = 0;
        MethodInput.ForEachBlock(table.Rows, (row, values) =>
        {
            int count = values.Length / table.Rows.Columns;
            double squares = TableError.Squares(values);
            if (!double.IsFinite(squares))
            {
                throw new NotFiniteNumberException($"Table '{table.Name}' has a number that is NaN or infinite between rows {row} and {row + count}; mend it before it is compressed.");
            }

            total += squares;
            foreach (StorageType type in errors.Keys)
            {
                errors[type] += StorageRounding.SquaredError(type, [count, table.Rows.Columns], values);
            }
        }, cancellation);
        return (new RowsMethod(table, errors), total);
    }

    /// <inheritdoc/>
    public IEnumerable<CompressionPoint> Points(StorageType type, long mostBytes) =>
        _errors.TryGetValue(type, out double error)
            ? [new CompressionPoint(TableMethods.NameOf(Method), BytesOf(_table, type), error, []) { MethodNumber = (int)Method }]
            : [];

    /// <summary>Counts the bytes of all rows.</summary>
    /// <param name="table">The table.</param>
    /// <param name="type">The storage type.</param>
    /// <returns>The bytes.</returns>
    internal static long BytesOf(SourceTable table, StorageType type) => TensorCode.Bytes(type, [table.Rows.Rows, table.Rows.Columns]);

    /// <inheritdoc/>
    public TableOptions OptionsOf(CompressionPoint point) => new() { Kind = TableKind.Dense };

    /// <inheritdoc/>
    public void Write(CompressionPoint point, TableWriter writer)
    {
        float[] values = new float[checked(_table.Rows.Rows * _table.Rows.Columns)];
        _table.Rows.Read(0, (int)_table.Rows.Rows, values);
        writer.Write(string.Empty, [_table.Rows.Rows, _table.Rows.Columns], values);
    }
}
