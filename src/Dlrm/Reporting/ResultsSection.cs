using System.Text;

namespace Dlrm.Reporting;

/// <summary>The part of a report that compares results: AUC, log loss, bytes.</summary>
internal static class ResultsSection
{
    /// <summary>Writes the part; nothing without results.</summary>
    /// <param name="page">Receives HTML.</param>
    /// <param name="rows">The results; differences and compression are to the first.</param>
    /// <param name="bestAuc">The best AUC that any model can reach, or NaN.</param>
    internal static void Add(StringBuilder page, IReadOnlyList<ResultRow> rows, double bestAuc)
    {
        if (rows.Count == 0)
        {
            return;
        }

        bool hasNotes = rows.Any(static row => row.Note.Length > 0);
        long first = rows[0].StoredBytes;
        page.Append("<h2>Results</h2>\n<p>Log loss in nats; NE is the log loss over that of always predicting the mean label; differences and compression are to the first row.");
        if (double.IsFinite(bestAuc))
        {
            page.Append($" No model can reach more than AUC {SvgText.Fixed(bestAuc, 4)} on these data.");
        }

        page.Append("</p><div class=\"card wide\"><table><thead><tr><th>model</th><th>test AUC</th><th>difference</th><th>log loss</th><th>NE</th><th>bytes</th><th>compression</th>");
        page.Append(hasNotes ? "<th class=\"text\">note</th></tr></thead><tbody class=\"first\">" : "</tr></thead><tbody class=\"first\">");
        foreach (ResultRow row in rows)
        {
            string deviation = row.AucDeviation > 0 ? " ± " + SvgText.Fixed(row.AucDeviation, 4) : string.Empty;
            double difference = row.Auc - rows[0].Auc;
            string signed = ReferenceEquals(row, rows[0]) || !double.IsFinite(difference) ? string.Empty : (difference < 0 ? "−" : "+") + SvgText.Fixed(Math.Abs(difference), 4);
            page.Append($"<tr><td>{SvgText.Escape(row.Name)}</td><td>{SvgText.Fixed(row.Auc, 4)}{deviation}</td><td>{signed}</td><td>{SvgText.Fixed(row.LogLoss, 4)}</td><td>{SvgText.Fixed(row.NormalizedEntropy, 4)}</td>");
            page.Append($"<td title=\"{SvgText.Whole(row.StoredBytes)} bytes\">{SvgText.Bytes(row.StoredBytes)}</td><td>{(ReferenceEquals(row, rows[0]) ? string.Empty : ReportCharts.Ratio(first, row.StoredBytes))}</td>");
            page.Append(hasNotes ? $"<td class=\"text\">{SvgText.Escape(row.Note)}</td></tr>" : "</tr>");
        }

        page.Append("</tbody></table></div>\n");
    }
}
