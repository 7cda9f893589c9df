namespace Dlrm.Embeddings;

/// <summary>A table that shares a budget with others.</summary>
/// <param name="Options">How it is stored.</param>
/// <param name="Rows">I.</param>
public sealed record BudgetTable(TableOptions Options, long Rows)
{
    /// <summary>Gets the ids with rows of their own.</summary>
    public long KeptRows => Options.Kept(Rows);
}
