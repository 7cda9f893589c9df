using Dlrm.Checkpoints;
using Dlrm.Embeddings;
using Dlrm.Numerics;
using Dlrm.Planning;
using Dlrm.Training;

namespace Dlrm.Compression;

/// <summary>Compresses the tables of an existing model to a number of bytes: where they buy most, in the storage that loses least.</summary>
/// <remarks>
/// <code>
/// minimise Σ_t ‖W[t] − Ŵ[t]‖² / rows[t]      the expected squared error of a looked-up vector, rows asked for equally often
/// over  method and ranks of every table, storage type of rows, storage type of cores        with  the whole model's bytes ≤ B
/// </code>
/// </remarks>
public static class ModelCompressor
{
    private const int BlockRows = 1 << 14;
    private static readonly StorageType[] TowerTypes = [StorageType.Float32, StorageType.Float16, StorageType.Int8];

    /// <summary>Compresses a model.</summary>
    /// <param name="device">Computes, and holds the result.</param>
    /// <param name="source">The model.</param>
    /// <param name="options">Bytes, methods, storage.</param>
    /// <param name="progress">Receives the table in work and the share done, or null.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>The compressed model; the caller disposes it.</returns>
    /// <exception cref="OptionsException">The bytes are too few.</exception>
    public static CompressedModel Run(
        IDevice device, SourceModel source, CompressionOptions options, Action<string, double>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(options);
        StorageType towerStorage = options.TowerStorage ?? TowerTypes.FirstOrDefault(type => TowerBytes(source, type) <= options.Bytes / 4, StorageType.Int8);
        long towers = TowerBytes(source, towerStorage);
        long left = options.Bytes - towers;
        long all = source.Tables.Sum(table => table.Rows.Rows);
        TableCompressor[] tables = new TableCompressor[source.Tables.Count];
        long done = 0;
        for (int t = 0; t < tables.Length; t++)
        {
            SourceTable table = source.Tables[t];
            long before = done;
            tables[t] = TableCompressor.Prepare(
                device, table, options, Math.Max(left, 1), new ShareProgress(share => progress?.Invoke(table.Name, (before + (share * table.Rows.Rows)) / all)), cancellation);
            done += table.Rows.Rows;
            progress?.Invoke(table.Name, (double)done / all);
        }

        (StorageOptions storage, IReadOnlyList<CompressionPoint> chosen) = Choose(source, tables, options, towerStorage, towers);
        return Build(device, source, tables, storage, chosen);
    }

    /// <summary>Counts the bytes of a model in float32.</summary>
    /// <param name="source">The model.</param>
    /// <returns>Towers and tables.</returns>
    public static long DenseBytes(SourceModel source)
    {
        ArgumentNullException.ThrowIfNull(source);
        return TowerPlanner.Plan(source.Options, source.Inputs).Sum(layer => layer.DenseBytes) + (sizeof(float) * source.Tables.Sum(table => table.Rows.Rows * table.Rows.Columns));
    }

    /// <summary>Makes the model as it was, every row dense.</summary>
    /// <param name="device">Holds it.</param>
    /// <param name="source">The model.</param>
    /// <returns>The model; the caller disposes it.</returns>
    public static DlrmModel Rebuild(IDevice device, SourceModel source)
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(source);
        using CompressedModel all = Run(
            device, source, new CompressionOptions { Bytes = DenseBytes(source), Methods = [CompressionMethod.Rows], Storage = [StorageType.Float32], TowerStorage = StorageType.Float32 });
        return all.Detach();
    }

    private static (StorageOptions Storage, IReadOnlyList<CompressionPoint> Chosen) Choose(
        SourceModel source, TableCompressor[] tables, CompressionOptions options, StorageType towerStorage, long towers)
    {
        long left = options.Bytes - towers;
        double[] weights = [.. source.Tables.Select(table => 1.0 / table.Rows.Rows)];
        (StorageOptions? Storage, IReadOnlyList<CompressionPoint> Points, double Error) best = (null, [], double.PositiveInfinity);
        foreach (StorageType rows in options.Storage)
        {
            foreach (StorageType cores in options.Storage)
            {
                StorageOptions storage = new() { Rows = rows, Cores = cores, Mlps = towerStorage };
                IReadOnlyList<CompressionPoint>[] curves = [.. tables.Select(table => table.Points(storage, Math.Max(left, 1)))];
                if (curves.All(curve => curve.Count > 0)
                    && BudgetAllocation.Choose(curves, weights, left) is IReadOnlyList<CompressionPoint> points
                    && points.Select((point, t) => weights[t] * point.SquaredError).Sum() is double error
                    && error < best.Error)
                {
                    best = (storage, points, error);
                }
            }
        }

        return best.Storage is null
            ? throw new OptionsException([$"budget: {options.Bytes} bytes are too few: the towers take {towers}, and the tables don't fit into the other {Math.Max(left, 0)} with the smallest ranks of the methods asked for; give more bytes, more methods, or a smaller tower storage"])
            : (best.Storage, best.Points);
    }

    private static CompressedModel Build(IDevice device, SourceModel source, TableCompressor[] tables, StorageOptions storage, IReadOnlyList<CompressionPoint> chosen)
    {
        Dictionary<string, TableOptions> overrides = [];
        using MemoryState state = new(device);
        source.WriteTowers(state);
        for (int t = 0; t < tables.Length; t++)
        {
            overrides[source.Tables[t].Name] = tables[t].OptionsOf(chosen[t]);
            tables[t].Write(device, chosen[t], state);
        }

        DlrmOptions options = source.Options with { Model = source.Options.Model with { TableOverrides = overrides, Storage = storage, Budget = null } };
        DlrmModel model = new(device, options, source.Inputs);
        try
        {
            model.Load(state, StateParts.Values);
            model.UseMeans();
            StorageRounding.Round(model);
            model.UseMeans();
            return new CompressedModel(model, [.. tables.Select((table, t) => Measure(device, source.Tables[t], table, model, t, chosen[t]))], DenseBytes(source));
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    private static CompressedTable Measure(IDevice device, SourceTable table, TableCompressor compressor, DlrmModel model, int number, CompressionPoint point)
    {
        BagRows rebuilt = new(model.Bags[number], device);
        int columns = table.Rows.Columns;
        float[] theirs = new float[BlockRows * columns];
        float[] ours = new float[BlockRows * columns];
        double total = 0;
        double worst = 0;
        for (long row = 0; row < table.Rows.Rows; row += BlockRows)
        {
            int rows = (int)Math.Min(BlockRows, table.Rows.Rows - row);
            table.Rows.Read(row, rows, theirs.AsSpan(0, rows * columns));
            rebuilt.Read(row, rows, ours.AsSpan(0, rows * columns));
            for (int r = 0; r < rows; r++)
            {
                double distance = System.Numerics.Tensors.TensorPrimitives.Distance(theirs.AsSpan(r * columns, columns), ours.AsSpan(r * columns, columns));
                total += distance * distance;
                worst = Math.Max(worst, distance);
            }
        }

        double scale = Math.Sqrt(compressor.Squares / table.Rows.Rows);
        return new CompressedTable(
            table.Name, table.Rows.Rows, columns, point.Method, point.Ranks, table.Rows.Rows * columns * sizeof(float), model.StoredBytesOf(number),
            compressor.Squares > 0 ? Math.Sqrt(total / compressor.Squares) : 0, scale > 0 ? worst / scale : 0);
    }

    private static long TowerBytes(SourceModel source, StorageType type) =>
        TowerPlanner.Plan(source.Options with { Model = source.Options.Model with { Storage = new StorageOptions { Mlps = type } } }, source.Inputs).Sum(layer => layer.Bytes);
}
