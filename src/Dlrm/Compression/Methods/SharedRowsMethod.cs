using Dlrm.Checkpoints;
using Dlrm.Embeddings;

namespace Dlrm.Compression.Methods;

/// <summary>Hashing: ids share rows by their remainder, each row the mean of those it stands for. A baseline.</summary>
internal sealed class SharedRowsMethod : ITableMethod
{
    private readonly MethodInput _input;
    private readonly List<(int Stored, double SquaredError, Dictionary<StorageType, double> Rounding)> _fits = [];

    private SharedRowsMethod(MethodInput input) => _input = input;

    /// <inheritdoc/>
    public CompressionMethod Method => CompressionMethod.Hash;

    /// <inheritdoc/>
    public bool StoresRows => true;

    /// <inheritdoc/>
    public IReadOnlyList<double[]> SpectraOf(CompressionPoint point) => [];

    /// <summary>Fits rows for stored numbers of rows in geometric steps.</summary>
    /// <param name="input">The table.</param>
    /// <returns>The method.</returns>
    internal static SharedRowsMethod Prepare(MethodInput input)
    {
        SharedRowsMethod method = new(input);
        int columns = input.Rows.Columns;
        List<int> group = [];
        long memory = 0;
        int[] sizes = [.. StoredRows.Steps(1, input.Rows.Rows - 1).Where(stored => input.LeastBytes(stored, columns) <= input.MostBytes && Memory(stored) <= input.Options.MemoryBytes)];
        for (int k = 0; k < sizes.Length; k++)
        {
            group.Add(sizes[k]);
            memory += Memory(sizes[k]);
            if (k + 1 == sizes.Length || memory + Memory(sizes[k + 1]) > input.Options.MemoryBytes)
            {
                method.Fit(group);
                group.Clear();
                memory = 0;
                input.Progress.Report((k + 1.0) / sizes.Length);
            }
        }

        return method;

        long Memory(int stored) => (long)stored * columns * (sizeof(double) + sizeof(float));
    }

    /// <inheritdoc/>
    public IEnumerable<CompressionPoint> Points(StorageType type, long mostBytes) => _fits
        .Select(fit => new CompressionPoint(TableMethods.NameOf(Method), TensorCode.Bytes(type, [fit.Stored, _input.Rows.Columns]), fit.SquaredError + fit.Rounding[type], [])
        {
            MethodNumber = (int)Method,
            StoredRows = fit.Stored,
        })
        .Where(point => point.Bytes <= mostBytes);

    /// <inheritdoc/>
    public TableOptions OptionsOf(CompressionPoint point) => new() { Kind = TableKind.Hash, CompressAbove = 0, StoredRows = point.StoredRows };

    /// <inheritdoc/>
    public void Write(CompressionPoint point, TableWriter writer)
    {
        (float[] rows, _) = SharedRowsFit.Fit(_input.Rows, [(int)point.StoredRows], _input.Cancellation)[0];
        writer.Write(string.Empty, [point.StoredRows, _input.Rows.Columns], rows);
    }

    private void Fit(List<int> sizes)
    {
        (float[] Rows, double SquaredError)[] fits = SharedRowsFit.Fit(_input.Rows, sizes, _input.Cancellation);
        for (int f = 0; f < fits.Length; f++)
        {
            int stored = sizes[f];
            double sharers = (double)_input.Rows.Rows / stored;
            _fits.Add((stored, fits[f].SquaredError, _input.Options.Storage.Distinct().ToDictionary(
                static type => type, type => sharers * StorageRounding.SquaredError(type, [stored, _input.Rows.Columns], fits[f].Rows))));
        }
    }
}
