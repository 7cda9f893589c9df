using Dlrm.Embeddings;
using Dlrm.Numerics;

namespace Dlrm.Compression;

/// <summary>Chooses what every table becomes, and one pair of storage types, so that least is lost for the bytes of the model.</summary>
/// <remarks>
/// <code>
/// minimise Σ_t ‖W[t] − Ŵ[t]‖² / rows[t]      the expected squared error of a looked-up vector, rows asked for equally often
/// over  method and ranks of every table, storage type of rows, storage type of cores        with  the whole model's bytes ≤ B
/// </code>
/// </remarks>
internal static class BudgetChoice
{
    /// <summary>Chooses.</summary>
    /// <param name="tables">The tables' methods.</param>
    /// <param name="rows">The tables' rows.</param>
    /// <param name="options">The bytes, and the storage types to try.</param>
    /// <param name="towerStorage">The storage of towers.</param>
    /// <param name="towers">What they take of the bytes.</param>
    /// <returns>Storage types, and a point for each table.</returns>
    /// <exception cref="OptionsException">The bytes are too few.</exception>
    internal static (StorageOptions Storage, IReadOnlyList<CompressionPoint> Points) Choose(
        IReadOnlyList<TableCompressor> tables, IReadOnlyList<long> rows, CompressionOptions options, StorageType towerStorage, long towers)
    {
        long left = options.Bytes - towers;
        double[] weights = [.. rows.Select(static count => 1.0 / count)];
        (StorageOptions? Storage, IReadOnlyList<CompressionPoint> Points, double Error) best = (null, [], double.PositiveInfinity);
        foreach (StorageOptions storage in Pairs(options, towerStorage))
        {
            IReadOnlyList<CompressionPoint>[] curves = [.. tables.Select(table => table.Points(storage, Math.Max(left, 1)))];
            if (curves.All(curve => curve.Count > 0)
                && BudgetAllocation.Choose(curves, weights, left) is IReadOnlyList<CompressionPoint> points
                && points.Select((point, t) => weights[t] * point.SquaredError).Sum() is double error
                && error < best.Error)
            {
                best = (storage, points, error);
            }
        }

        return best.Storage is null
            ? throw new OptionsException([$"budget: {options.Bytes} bytes are too few: the towers take {towers}, and the tables don't fit into the other {Math.Max(left, 0)} with the smallest ranks of the methods asked for; give more bytes, more methods, or a smaller tower storage"])
            : (best.Storage, best.Points);
    }

    /// <summary>Lists the pairs of storage types for rows and cores.</summary>
    /// <param name="options">The types to try.</param>
    /// <param name="towerStorage">The storage of towers.</param>
    /// <returns>The pairs.</returns>
    internal static IEnumerable<StorageOptions> Pairs(CompressionOptions options, StorageType towerStorage) =>
        from rows in options.Storage from cores in options.Storage select new StorageOptions { Rows = rows, Cores = cores, Mlps = towerStorage };
}
