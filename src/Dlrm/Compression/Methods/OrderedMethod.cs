using Dlrm.Embeddings;

namespace Dlrm.Compression.Methods;

/// <summary>Another method on rows in an order of their own, near ones together; the order is stored beside them and counted in the bytes.</summary>
/// <remarks><code>bytes = bytes of the other method + 8·⌈I·⌈log2 I⌉ / 64⌉</code></remarks>
internal sealed class OrderedMethod : ITableMethod
{
    private readonly ITableMethod _inner;
    private readonly int[] _order;
    private readonly long _orderBytes;

    private OrderedMethod(CompressionMethod method, ITableMethod inner, int[] order)
    {
        Method = method;
        _inner = inner;
        _order = order;
        _orderBytes = BytesOf(order.Length);
    }

    /// <inheritdoc/>
    public CompressionMethod Method { get; }

    /// <inheritdoc/>
    public bool StoresRows => _inner.StoresRows;

    /// <inheritdoc/>
    public IReadOnlyList<double[]> SpectraOf(CompressionPoint point) => _inner.SpectraOf(point);

    /// <summary>Orders a table, and looks at it with another method.</summary>
    /// <param name="method">The name of both together.</param>
    /// <param name="inner">The other method.</param>
    /// <param name="input">The table.</param>
    /// <returns>The method.</returns>
    internal static OrderedMethod Prepare(CompressionMethod method, CompressionMethod inner, MethodInput input)
    {
        float[] rows = HeldTable.Rows(input, method);
        int[] order = RowOrder.Clustered(rows, input.Rows.Columns, input.Cancellation);
        MethodInput ordered = input with
        {
            Table = input.Table with { Rows = new OrderedRows(rows, input.Rows.Columns, order) },
            MostBytes = Math.Max(input.MostBytes - BytesOf(order.Length), 1),
        };
        return new OrderedMethod(method, TableMethods.Prepare(inner, ordered), order);
    }

    /// <inheritdoc/>
    public IEnumerable<CompressionPoint> Points(StorageType type, long mostBytes) => _inner.Points(type, mostBytes - _orderBytes).Select(point => point with
    {
        Method = TableMethods.NameOf(Method),
        MethodNumber = (int)Method,
        Bytes = point.Bytes + _orderBytes,
    });

    /// <inheritdoc/>
    public TableOptions OptionsOf(CompressionPoint point) => _inner.OptionsOf(point) with { HasRowOrder = true };

    /// <inheritdoc/>
    public void Write(CompressionPoint point, TableWriter writer)
    {
        _inner.Write(point, writer);
        writer.WriteOrder(RowOrder.Places(_order));
    }

    private static long BytesOf(long rows) => RowOrderParameter.Words(rows) * sizeof(long);

    /// <summary>The rows of a table in memory in another order.</summary>
    private sealed class OrderedRows(float[] rows, int columns, int[] order) : IRowSource
    {
        public long Rows => order.Length;

        public int Columns => columns;

        public void Read(long firstRow, int count, Span<float> values)
        {
            for (int r = 0; r < count; r++)
            {
                rows.AsSpan(order[firstRow + r] * columns, columns).CopyTo(values.Slice(r * columns, columns));
            }
        }
    }
}
