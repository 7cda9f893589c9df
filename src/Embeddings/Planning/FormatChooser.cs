using System.Globalization;

namespace Dlrm.Embeddings;

/// <summary>Chooses format, modes and starting rank of a low-rank table whose format is <see cref="TensorFormat.Auto"/>. The rule stands here and nowhere else.</summary>
/// <remarks>
/// <code>
/// rows ≤ 100,000     TT-matrix of order 2, row modes (n, 1), column modes (1, J): R numbers a row times an R × J projection, R = min(startRank, ⌈J/8⌉)
/// rows above         TT-matrix of <see cref="TableOptions.Order"/> balanced modes, all ranks startRank
/// both               the 32 most frequent ids are exact rows beside it, or as many as <see cref="TableOptions.ExactRows"/> says
/// with a budget      ranks as <see cref="RankBudget"/> distributes them; it gives up exact rows, then projections, the largest first, when rank 1 does not fit
/// </code>
/// <para>Why: a row of a small real table is seen a few times, and balanced modes tie it to rows that it has nothing in common with. Criteo sample, 17 tables of
/// 157 to 6,752 rows, test AUC: projection 0.7530, with 32 exact rows the same in fewer bytes, three balanced modes 0.7485 (docs/results/criteo-sample.md).
/// A projection grows with the rows, balanced modes with their cubic root: 10⁷ rows at rank 1 are 40 MB as a projection, 6 kB in balanced modes of 16 columns.
/// The border of 100,000 rows lies between the two and is not measured.</para>
/// </remarks>
public static class FormatChooser
{
    /// <summary>The rows up to which a table gets a projection.</summary>
    public const long ProjectionRows = 100_000;

    /// <summary>The exact rows of a table whose options name none.</summary>
    public const int ExactRows = 32;

    private const int ProjectionShare = 8;

    /// <summary>Chooses.</summary>
    /// <param name="table">The options; of another format, or of a kind without one, they stay as they are.</param>
    /// <param name="rows">I.</param>
    /// <param name="dim">J.</param>
    /// <param name="projectionRows">The rows up to which a table gets a projection.</param>
    /// <param name="exactRows">The exact rows when the options name none.</param>
    /// <returns>Options without Auto, and the reason.</returns>
    public static FormatChoice Choose(TableOptions table, long rows, int dim, long projectionRows = ProjectionRows, int exactRows = ExactRows)
    {
        ArgumentNullException.ThrowIfNull(table);
        rows = table.Kept(rows);
        TableKind kind = EmbeddingBagFactory.Resolve(table, rows);
        if (kind != TableKind.LowRank)
        {
            return new FormatChoice(table, kind == TableKind.Dense && table.Kind != TableKind.Dense ? Text($"at most compressAbove = {table.CompressAbove} rows") : "as given");
        }

        if (table.Format != TensorFormat.Auto)
        {
            return new FormatChoice(table, "as given");
        }

        TableOptions chosen = table with { Format = TensorFormat.Ttm, ExactRows = table.ExactRows > 0 ? table.ExactRows : exactRows };
        return rows <= projectionRows
            ? new FormatChoice(
                chosen with { Layout = ModeLayout.Projection, StartRank = Math.Min(table.StartRank, (dim + ProjectionShare - 1) / ProjectionShare) },
                Text($"auto: at most {projectionRows} rows, so numbers of its own for each row"))
            : new FormatChoice(chosen with { Layout = ModeLayout.Balanced }, Text($"auto: more than {projectionRows} rows, so balanced modes"));
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
