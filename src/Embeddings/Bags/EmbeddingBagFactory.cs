using Dlrm.Numerics;

namespace Dlrm.Embeddings;

/// <summary>Makes the bag that a table's options ask for.</summary>
public static class EmbeddingBagFactory
{
    /// <summary>Makes a bag.</summary>
    /// <param name="device">The device.</param>
    /// <param name="name">The table's name: "tables.C3".</param>
    /// <param name="rows">I.</param>
    /// <param name="dim">J.</param>
    /// <param name="table">How the table is stored.</param>
    /// <param name="tableOptimizer">The optimiser of dense rows.</param>
    /// <param name="factorOptimizer">The optimiser of TT cores.</param>
    /// <param name="prior">The prior of TT cores.</param>
    /// <param name="stream">Where initial values come from.</param>
    /// <returns>The bag; the caller disposes it.</returns>
    public static IEmbeddingBag Create(
        IDevice device, string name, long rows, int dim, TableOptions table, OptimizerOptions tableOptimizer, OptimizerOptions factorOptimizer, RankPriorOptions prior, RandomStream stream)
    {
        ArgumentNullException.ThrowIfNull(table);
        long kept = table.Kept(rows);
        if (kept < rows)
        {
            return new KeptRowsEmbeddingBag(rows, Create(device, name, kept, dim, table, tableOptimizer, factorOptimizer, prior, stream));
        }

        TableKind kind = Resolve(table, rows);
        switch (kind)
        {
            case TableKind.Dense:
                return new DenseEmbeddingBag(device, name, rows, dim, table.Pooling, tableOptimizer, stream);
            case TableKind.Zero:
                return new ZeroEmbeddingBag(device, name, rows, dim);
            case TableKind.Hash or TableKind.FrequentRows:
                return new SharedRowsEmbeddingBag(device, name, rows, dim, kind, table.StoredRows, table.Pooling, tableOptimizer, stream);
            case TableKind.QuotientRemainder:
                return new QuotientRemainderEmbeddingBag(device, name, rows, dim, table.StoredRows, table.Pooling, tableOptimizer, stream);
            case TableKind.Auto or TableKind.Ttm:
            default:
                return CreateTtm(device, name, rows, dim, table, tableOptimizer, factorOptimizer, prior, stream);
        }
    }

    /// <summary>Says what kind a table of a number of rows becomes.</summary>
    /// <param name="table">The options.</param>
    /// <param name="rows">I.</param>
    /// <returns>Never Auto.</returns>
    public static TableKind Resolve(TableOptions table, long rows)
    {
        ArgumentNullException.ThrowIfNull(table);
        return table.Kind switch
        {
            TableKind.Dense => TableKind.Dense,
            TableKind.Zero when rows > table.CompressAbove => TableKind.Zero,
            _ when rows <= table.CompressAbove => TableKind.Dense,
            TableKind.Auto => TableKind.Ttm,
            _ => table.Kind,
        };
    }

    /// <summary>Makes the shape of a TT-matrix table with its starting TT ranks, capped at what the unfoldings allow.</summary>
    /// <remarks><code>R[k] ≤ min( Π over l &lt; k of I[l]·J[l],  Π over l ≥ k of I[l]·J[l] )</code></remarks>
    /// <param name="table">The options.</param>
    /// <param name="rows">I.</param>
    /// <param name="dim">J.</param>
    /// <returns>The shape.</returns>
    public static TtmShape Shape(TableOptions table, long rows, int dim)
    {
        ArgumentNullException.ThrowIfNull(table);
        bool isProjection = table.Layout == ModeLayout.Projection;
        int order = table.RowModes.Count > 0 ? table.RowModes.Count : table.ColumnModes.Count > 0 ? table.ColumnModes.Count : isProjection ? 2 : table.Order;
        int[] rowModes = table.RowModes.Count > 0 ? [.. table.RowModes] : isProjection ? [checked((int)rows), 1] : TtmModes.Rows(rows, order);
        int[] columnModes = table.ColumnModes.Count > 0 ? [.. table.ColumnModes] : isProjection ? [1, dim] : TtmModes.Columns(dim, order);
        int[] ranks = new int[order + 1];
        ranks[0] = ranks[order] = 1;
        for (int bond = 0; bond < order - 1; bond++)
        {
            ranks[bond + 1] = table.StartRanks.Count > 0 ? table.StartRanks[bond] : table.StartRank;
        }

        for (int k = 1; k < order; k++)
        {
            ranks[k] = (int)Math.Min(ranks[k], (long)ranks[k - 1] * rowModes[k - 1] * columnModes[k - 1]);
        }

        for (int k = order - 1; k > 0; k--)
        {
            ranks[k] = (int)Math.Min(ranks[k], (long)ranks[k + 1] * rowModes[k] * columnModes[k]);
        }

        TtmShape shape = new(rows, rowModes, columnModes, ranks);
        return shape.EmbeddingDim == dim ? shape
            : throw new ArgumentException($"Column modes [{string.Join(", ", columnModes)}] make an embedding dimension of {shape.EmbeddingDim}, but the model's is {dim}.");
    }

    private static IEmbeddingBag CreateTtm(
        IDevice device, string name, long rows, int dim, TableOptions table, OptimizerOptions tableOptimizer, OptimizerOptions factorOptimizer, RankPriorOptions prior, RandomStream stream)
    {
        int exactRows = (int)Math.Min(table.ExactRows, rows - 1);
        double deviation = table.InitialEntryDeviation > 0 ? table.InitialEntryDeviation : 1 / Math.Sqrt(3.0 * rows);
        TtmShape shape = Shape(table, rows - exactRows, dim);
        BayesianTensor tensor = new(device, name, shape, factorOptimizer, prior, stream, deviation);
        if (exactRows == 0)
        {
            return new TtmEmbeddingBag(device, tensor, table.Pooling);
        }

        DenseEmbeddingBag exact = new(device, $"{name}.exact", exactRows, dim, PoolingType.Sum, tableOptimizer, stream.Derive(1000), Math.Sqrt(3) * deviation);
        return new HybridEmbeddingBag(device, exact, new TtmEmbeddingBag(device, tensor, PoolingType.Sum), table.Pooling);
    }
}
