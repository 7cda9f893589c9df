using Dlrm.Checkpoints;
using Dlrm.Embeddings;
using Dlrm.Numerics;
using Dlrm.Planning;
using Dlrm.Training;

namespace Dlrm.Compression;

/// <summary>Compresses the tables of an existing model: to a number of bytes, which go where they buy most, or to an error, with as few bytes as it takes.</summary>
/// <remarks>
/// <code>
/// bytes B    minimise Σ_t ‖W[t] − Ŵ[t]‖² / rows[t]   with   the whole model's bytes ≤ B
/// error ε    minimise the whole model's bytes        with   ‖W[t] − Ŵ[t]‖ ≤ ε·‖W[t]‖ for every table, measured on the stored numbers
/// over       method and ranks of every table, storage type of rows, storage type of cores
/// </code>
/// </remarks>
public static class ModelCompressor
{
    /// <summary>Compresses a model.</summary>
    /// <param name="device">Computes, and holds the result.</param>
    /// <param name="source">The model.</param>
    /// <param name="options">Bytes, methods, storage.</param>
    /// <param name="progress">Receives the table in work and the share done, or null.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>The compressed model; the caller disposes it.</returns>
    /// <exception cref="OptionsException">An option is out of range; the bytes are too few, or no method brings a table within the error.</exception>
    public static CompressedModel Run(
        IDevice device, SourceModel source, CompressionOptions options, Action<string, double>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        StorageType towerStorage = TowerStorage.Choose(source, options);
        long towers = TowerStorage.Bytes(source, towerStorage);
        long left = options.Error is null ? Math.Max(options.Bytes - towers, 1) : long.MaxValue;
        long all = source.Tables.Sum(table => table.Rows.Rows);
        TableCompressor[] tables = new TableCompressor[source.Tables.Count];
        long done = 0;
        for (int t = 0; t < tables.Length; t++)
        {
            SourceTable table = source.Tables[t];
            long before = done;
            tables[t] = TableCompressor.Prepare(
                device, table, options, Math.Min(left, DenseBytes(table)), new ShareProgress(share => progress?.Invoke(table.Name, (before + (share * table.Rows.Rows)) / all)), cancellation);
            done += table.Rows.Rows;
            progress?.Invoke(table.Name, (double)done / all);
        }

        (StorageOptions storage, IReadOnlyList<CompressionPoint> chosen) = options.Error is null
            ? BudgetChoice.Choose(tables, [.. source.Tables.Select(static table => table.Rows.Rows)], options, towerStorage, towers)
            : ErrorChoice.Choose(device, source.Tables, tables, options, towerStorage, cancellation);
        return Build(device, source, tables, storage, chosen, cancellation);
    }

    /// <summary>Counts the bytes of a model in float32.</summary>
    /// <param name="source">The model.</param>
    /// <returns>Towers and tables.</returns>
    public static long DenseBytes(SourceModel source)
    {
        ArgumentNullException.ThrowIfNull(source);
        return TowerPlanner.Plan(source.Options, source.Inputs).Sum(layer => layer.DenseBytes) + source.Tables.Sum(DenseBytes);
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

    private static CompressedModel Build(IDevice device, SourceModel source, TableCompressor[] tables, StorageOptions storage, IReadOnlyList<CompressionPoint> chosen, CancellationToken cancellation)
    {
        Dictionary<string, TableOptions> overrides = [];
        using MemoryState state = new(device);
        source.WriteTowers(state);
        for (int t = 0; t < tables.Length; t++)
        {
            string feature = source.Tables[t].Name;
            overrides[feature] = tables[t].OptionsOf(chosen[t]) with { Pooling = source.Options.Model.TableOf(feature).Pooling };
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
            return new CompressedModel(model, [.. tables.Select((table, t) => Report(device, source.Tables[t], table, model, t, chosen[t], cancellation))], DenseBytes(source));
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    private static CompressedTable Report(IDevice device, SourceTable table, TableCompressor compressor, DlrmModel model, int number, CompressionPoint point, CancellationToken cancellation)
    {
        TableError error = TableError.Between(table.Rows, new BagRows(model.Bags[number], device), compressor.Squares, cancellation);
        return new CompressedTable(
            table.Name, table.Rows.Rows, table.Rows.Columns, point.Method, point.Ranks, DenseBytes(table), model.StoredBytesOf(number), error.Relative, error.WorstRow)
        {
            Spectra = compressor.SpectraOf(point),
        };
    }

    private static long DenseBytes(SourceTable table) => sizeof(float) * table.Rows.Rows * table.Rows.Columns;
}
