namespace Dlrm.Embeddings;

/// <summary>Says which dense tables are spread over the workers.</summary>
/// <param name="Shards">The workers.</param>
/// <param name="Above">The number of rows up to which every worker has the whole table.</param>
public sealed record TableSharding(RowShards Shards, long Above)
{
    /// <summary>Says whether a dense table of a number of rows is spread.</summary>
    /// <param name="rows">Its rows.</param>
    /// <returns>Whether it is; never with one worker.</returns>
    public bool Spreads(long rows) => Shards.Exchange.Workers > 1 && rows > Above;
}
