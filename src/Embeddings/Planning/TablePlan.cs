namespace Dlrm.Embeddings;

/// <summary>What a table's options come to, before anything is allocated.</summary>
/// <param name="Rows">I.</param>
/// <param name="EmbeddingDim">J.</param>
/// <param name="Kind">The kind; never Auto.</param>
/// <param name="Options">The options; the format of a low-rank table is not Auto.</param>
/// <param name="ExactRows">The rows kept exactly beside a low-rank tensor.</param>
/// <param name="Format">The low-rank format with modes and starting ranks; null for other kinds.</param>
/// <param name="Reason">What decided, in one phrase.</param>
public sealed record TablePlan(long Rows, int EmbeddingDim, TableKind Kind, TableOptions Options, int ExactRows, LowRankFormat? Format, string Reason)
{
    /// <summary>Gets the stored numbers of tables that are dense rows, the exact ones included.</summary>
    public long RowParameters => StoredRows * EmbeddingDim;

    /// <summary>Gets all stored numbers.</summary>
    public long Parameters => RowParameters + (Format?.Parameters ?? 0);

    /// <summary>Gets the bytes of the stored numbers.</summary>
    public long Bytes => Parameters * sizeof(float);

    /// <summary>Gets the bytes of the table with every row as it is.</summary>
    public long DenseBytes => Rows * EmbeddingDim * sizeof(float);

    /// <summary>Gets the multiply-adds that compute one row alone; reading a stored row is none.</summary>
    public long RowMultiplyAdds => Format?.RowMultiplyAdds ?? (Kind == TableKind.QuotientRemainder ? EmbeddingDim : 0);

    /// <summary>Gets the rows stored as they are.</summary>
    public long StoredRows => Kind switch
    {
        TableKind.Dense => Rows,
        TableKind.Zero => 0,
        TableKind.Hash or TableKind.FrequentRows => Math.Min(Options.StoredRows, Rows),
        TableKind.QuotientRemainder => Math.Min(Options.StoredRows, Rows) + ((Rows - 1) / Math.Min(Options.StoredRows, Rows)) + 1,
        _ => ExactRows,
    };

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
        TableKind kind = EmbeddingBagFactory.Resolve(choice.Options, rows);
        if (kind != TableKind.LowRank)
        {
            return new TablePlan(rows, dim, kind, choice.Options, 0, null, choice.Reason);
        }

        int exactRows = (int)Math.Min(choice.Options.ExactRows, rows - 1);
        return new TablePlan(rows, dim, kind, choice.Options, exactRows, LowRankFormats.Create(choice.Options.ToLowRank(), rows - exactRows, dim), choice.Reason);
    }
}
