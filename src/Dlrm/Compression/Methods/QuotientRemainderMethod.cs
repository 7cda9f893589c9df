using System.Numerics.Tensors;
using Dlrm.Checkpoints;
using Dlrm.Embeddings;

namespace Dlrm.Compression.Methods;

/// <summary>Two small tables whose rows are multiplied, by alternating least squares. A baseline.</summary>
/// <remarks><para>The more remainders, the more bytes: from √I, where both tables together are smallest.</para></remarks>
internal sealed class QuotientRemainderMethod : ITableMethod
{
    private readonly MethodInput _input;
    private readonly List<(int Remainders, double SquaredError, Dictionary<StorageType, double> Rounding)> _fits = [];

    private QuotientRemainderMethod(MethodInput input) => _input = input;

    /// <inheritdoc/>
    public CompressionMethod Method => CompressionMethod.QuotientRemainder;

    /// <inheritdoc/>
    public bool StoresRows => true;

    /// <inheritdoc/>
    public IReadOnlyList<double[]> SpectraOf(CompressionPoint point) => [];

    /// <summary>Fits tables for numbers of remainders in geometric steps.</summary>
    /// <param name="input">The table.</param>
    /// <returns>The method.</returns>
    internal static QuotientRemainderMethod Prepare(MethodInput input)
    {
        QuotientRemainderMethod method = new(input);
        long rows = input.Rows.Rows;
        int columns = input.Rows.Columns;
        int[] sizes =
        [
            .. StoredRows.Steps((long)Math.Ceiling(Math.Sqrt(rows)), rows / 2)
                .Where(m => input.LeastBytes(m, columns) + input.LeastBytes(Quotients(rows, m), columns) <= input.MostBytes && (long)m * columns * 4 * sizeof(double) <= input.Options.MemoryBytes),
        ];
        for (int k = 0; k < sizes.Length; k++)
        {
            (float[] quotient, float[] remainder, double error) = QuotientRemainderFit.Fit(input.Rows, sizes[k], input.Cancellation);
            method._fits.Add((sizes[k], error, input.Options.Storage.Distinct().ToDictionary(
                static type => type,
                type => (input.Squares - error) * (Lost(type, quotient, columns) + Lost(type, remainder, columns)))));
            input.Progress.Report((k + 1.0) / sizes.Length);
        }

        return method;
    }

    /// <inheritdoc/>
    public IEnumerable<CompressionPoint> Points(StorageType type, long mostBytes) => _fits
        .Select(fit => new CompressionPoint(TableMethods.NameOf(Method), Bytes(type, fit.Remainders), fit.SquaredError + fit.Rounding[type], [])
        {
            MethodNumber = (int)Method,
            StoredRows = fit.Remainders,
        })
        .Where(point => point.Bytes <= mostBytes);

    /// <inheritdoc/>
    public TableOptions OptionsOf(CompressionPoint point) => new() { Kind = TableKind.QuotientRemainder, CompressAbove = 0, StoredRows = point.StoredRows };

    /// <inheritdoc/>
    public void Write(CompressionPoint point, TableWriter writer)
    {
        (float[] quotient, float[] remainder, _) = QuotientRemainderFit.Fit(_input.Rows, (int)point.StoredRows, _input.Cancellation);
        int columns = _input.Rows.Columns;
        writer.Write(".quotient", [quotient.Length / columns, columns], quotient);
        writer.Write(".remainder", [remainder.Length / columns, columns], remainder);
    }

    private static long Quotients(long rows, int remainders) => ((rows - 1) / remainders) + 1;

    /// <summary>Computes the share of its squared norm that a table loses by its storage type.</summary>
    private static double Lost(StorageType type, float[] values, int columns)
    {
        double squares = TensorPrimitives.SumOfSquares(values.AsSpan());
        return squares > 0 ? StorageRounding.SquaredError(type, [values.Length / columns, columns], values) / squares : 0;
    }

    private long Bytes(StorageType type, int remainders)
    {
        int columns = _input.Rows.Columns;
        return TensorCode.Bytes(type, [remainders, columns]) + TensorCode.Bytes(type, [Quotients(_input.Rows.Rows, remainders), columns]);
    }
}
