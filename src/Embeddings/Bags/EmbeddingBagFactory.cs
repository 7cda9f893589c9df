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
    /// <param name="factorOptimizer">The optimiser of factors.</param>
    /// <param name="prior">The prior of factors.</param>
    /// <param name="stream">Where initial values come from.</param>
    /// <param name="sharding">Which dense tables are spread over workers; null: none.</param>
    /// <returns>The bag; the caller disposes it.</returns>
    public static IEmbeddingBag Create(
        IDevice device,
        string name,
        long rows,
        int dim,
        TableOptions table,
        OptimizerOptions tableOptimizer,
        OptimizerOptions factorOptimizer,
        RankPriorOptions prior,
        RandomStream stream,
        TableSharding? sharding = null)
    {
        ArgumentNullException.ThrowIfNull(table);
        long kept = table.Kept(rows);
        if (kept < rows)
        {
            return new KeptRowsEmbeddingBag(rows, Create(device, name, kept, dim, table, tableOptimizer, factorOptimizer, prior, stream, sharding));
        }

        if (table.HasRowOrder)
        {
            return new OrderedEmbeddingBag(Create(device, name, rows, dim, table with { HasRowOrder = false }, tableOptimizer, factorOptimizer, prior, stream));
        }

        TablePlan plan = TablePlan.Of(table, rows, dim);
        switch (plan.Kind)
        {
            case TableKind.Dense when sharding?.Spreads(rows) == true:
                return new ShardedEmbeddingBag(device, sharding.Shards, name, rows, dim, table.Pooling, tableOptimizer, stream);
            case TableKind.Dense:
                return new DenseEmbeddingBag(device, name, rows, dim, table.Pooling, tableOptimizer, stream);
            case TableKind.Zero:
                return new ZeroEmbeddingBag(device, name, rows, dim);
            case TableKind.Hash or TableKind.FrequentRows:
                return new SharedRowsEmbeddingBag(device, name, rows, dim, plan.Kind, table.StoredRows, table.Pooling, tableOptimizer, stream);
            case TableKind.QuotientRemainder:
                return new QuotientRemainderEmbeddingBag(device, name, rows, dim, table.StoredRows, table.Pooling, tableOptimizer, stream);
            case TableKind.Auto or TableKind.LowRank:
            default:
                return CreateLowRank(device, name, plan, tableOptimizer, factorOptimizer, prior, stream);
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
            TableKind.Auto => TableKind.LowRank,
            _ => table.Kind,
        };
    }

    private static IEmbeddingBag CreateLowRank(
        IDevice device, string name, TablePlan plan, OptimizerOptions tableOptimizer, OptimizerOptions factorOptimizer, RankPriorOptions prior, RandomStream stream)
    {
        TableOptions table = plan.Options;
        double deviation = table.InitialEntryDeviation > 0 ? table.InitialEntryDeviation : 1 / Math.Sqrt(3.0 * plan.Rows);
        BayesianTensor tensor = new(device, name, plan.Format!, factorOptimizer, prior, stream, deviation);
        if (plan.ExactRows == 0)
        {
            return new TensorEmbeddingBag(device, tensor, table.Pooling);
        }

        DenseEmbeddingBag exact = new(device, $"{name}.exact", plan.ExactRows, plan.EmbeddingDim, PoolingType.Sum, tableOptimizer, stream.Derive(1000), Math.Sqrt(3) * deviation);
        return new HybridEmbeddingBag(device, exact, new TensorEmbeddingBag(device, tensor, PoolingType.Sum), table.Pooling);
    }
}
