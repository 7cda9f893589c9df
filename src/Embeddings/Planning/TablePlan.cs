namespace Dlrm.Embeddings;

/// <summary>What a table's options come to, before anything is allocated.</summary>
/// <param name="Rows">I.</param>
/// <param name="KeptRows">The ids with rows of their own.</param>
/// <param name="EmbeddingDim">J.</param>
/// <param name="Kind">The kind; never Auto.</param>
/// <param name="Options">The options; the format of a low-rank table is not Auto.</param>
/// <param name="ExactRows">The rows kept exactly beside a low-rank tensor.</param>
/// <param name="Format">The low-rank format with modes and starting ranks; null for other kinds.</param>
/// <param name="Reason">What decided, in one phrase.</param>
public sealed record TablePlan(long Rows, long KeptRows, int EmbeddingDim, TableKind Kind, TableOptions Options, int ExactRows, LowRankFormat? Format, string Reason)
{
    /// <summary>Gets the stored numbers of tables that are dense rows, the exact ones included.</summary>
    public long RowParameters => StoredRows * EmbeddingDim;

    /// <summary>Gets all stored numbers.</summary>
    public long Parameters => RowParameters + (Format?.Parameters ?? 0);

    /// <summary>Gets the bytes of the stored numbers at 4 each.</summary>
    public long Bytes => Parameters * sizeof(float);

    /// <summary>Gets the bytes of the table with every row as it is.</summary>
    public long DenseBytes => Rows * EmbeddingDim * sizeof(float);

    /// <summary>Gets the multiply-adds that compute one row alone; reading a stored row is none.</summary>
    public long RowMultiplyAdds => Format?.RowMultiplyAdds ?? (Kind == TableKind.QuotientRemainder ? EmbeddingDim : 0);

    /// <summary>Gets the rows stored as they are.</summary>
    public long StoredRows => RowTables.Sum();

    /// <summary>Gets the rows of each stored matrix of rows.</summary>
    public IReadOnlyList<long> RowTables
    {
        get
        {
            long shared = Math.Min(Options.StoredRows, KeptRows);
            return Kind switch
            {
                TableKind.Dense => [KeptRows],
                TableKind.Zero => [],
                TableKind.Hash or TableKind.FrequentRows => [shared],
                TableKind.QuotientRemainder => [shared, ((KeptRows - 1) / shared) + 1],
                _ => ExactRows > 0 ? [ExactRows] : [],
            };
        }
    }

    /// <summary>Plans a table.</summary>
    /// <param name="table">The options.</param>
    /// <param name="rows">I.</param>
    /// <param name="dim">J.</param>
    /// <returns>The plan.</returns>
    /// <exception cref="ArgumentException">Modes or ranks don't fit the table or one another.</exception>
    public static TablePlan Of(TableOptions table, long rows, int dim) => Of(FormatChooser.Choose(table, rows, dim), rows, dim);

    /// <summary>Plans a table whose format is chosen.</summary>
    /// <param name="choice">The choice.</param>
    /// <param name="rows">I.</param>
    /// <param name="dim">J.</param>
    /// <returns>The plan.</returns>
    /// <exception cref="ArgumentException">Modes or ranks don't fit the table or one another.</exception>
    public static TablePlan Of(FormatChoice choice, long rows, int dim)
    {
        ArgumentNullException.ThrowIfNull(choice);
        long kept = choice.Options.Kept(rows);
        TableKind kind = EmbeddingBagFactory.Resolve(choice.Options, kept);
        if (kind != TableKind.LowRank)
        {
            return new TablePlan(rows, kept, dim, kind, choice.Options, 0, null, choice.Reason);
        }

        int exactRows = (int)Math.Min(choice.Options.ExactRows, kept - 1);
        return new TablePlan(rows, kept, dim, kind, choice.Options, exactRows, LowRankFormats.Create(choice.Options.ToLowRank(), kept - exactRows, dim), choice.Reason);
    }
}
