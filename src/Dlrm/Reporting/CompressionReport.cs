using System.Globalization;
using System.Text;
using Dlrm.Compression;

namespace Dlrm.Reporting;

/// <summary>Writes <c>report.html</c> of a compression: one file that needs nothing else, with bytes and errors of every tensor and the singular values of every decomposed table.</summary>
public static class CompressionReport
{
    /// <summary>Below this share of the largest, singular values are rounding errors of the decomposition.</summary>
    private const double SmallestShare = 1e-6;

    /// <summary>More dots than these lie upon one another.</summary>
    private const int MostDots = 24;

    /// <summary>Writes the report.</summary>
    /// <param name="folder">The folder of the compressed model.</param>
    /// <param name="summary">What it says.</param>
    /// <returns>The path of the report.</returns>
    public static string Save(string folder, CompressionSummary summary)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentNullException.ThrowIfNull(summary);
        string path = Path.Combine(folder, "report.html");
        File.WriteAllText(path, Render(summary));
        return path;
    }

    /// <summary>Makes the page.</summary>
    /// <param name="summary">What it says.</param>
    /// <returns>HTML.</returns>
    internal static string Render(CompressionSummary summary)
    {
        StringBuilder page = new();
        ReportPage.Begin(page, summary.Title);
        ReportPage.Facts(page, summary.Facts);
        page.Append("<div class=\"tiles\">");
        ReportPage.Tile(page, "bytes before", SvgText.Bytes(summary.DenseBytes));
        ReportPage.Tile(page, "bytes after", SvgText.Bytes(summary.Bytes));
        ReportPage.Tile(page, "smaller", ReportCharts.Ratio(summary.DenseBytes, summary.Bytes));
        foreach (ResultRow row in summary.Results)
        {
            ReportPage.Tile(page, "test AUC, " + SvgText.Escape(row.Name), SvgText.Fixed(row.Auc, 4));
        }

        page.Append("</div>\n");
        ResultsSection.Add(page, summary.Results, double.NaN);
        Tensors(page, summary);
        Bytes(page, summary);
        Spectra(page, summary.Tables);
        return ReportPage.End(page);
    }

    private static void Tensors(StringBuilder page, CompressionSummary summary)
    {
        page.Append("<h2>Every tensor</h2>\n<p>The error is the distance to what was there, over its norm; that of the worst row is in units of the root mean square of a row's norm. ");
        page.Append(summary.Results.Count > 2 ? "Errors are those before fine-tuning.</p>" : "Both are measured on the stored numbers.</p>");
        page.Append("<div class=\"card wide\"><table><thead><tr><th>tensor</th><th>shape</th><th class=\"text\">method</th><th>ranks</th><th>before</th><th>after</th><th>smaller</th><th>error</th><th>worst row</th></tr></thead><tbody>");
        foreach (CompressedTable table in summary.Tables.OrderByDescending(static table => table.DenseBytes))
        {
            string ranks = table.Ranks.Count == 0 ? "–" : string.Join(" · ", table.Ranks);
            Row(page, table.Feature, [table.Rows, table.EmbeddingDim], $"{table.Method}, {Name(table.Ranks.Count == 0 ? summary.Storage.Rows : summary.Storage.Cores)}", ranks, table.DenseBytes, table.Bytes, table.RelativeError, table.WorstRowError);
        }

        foreach (CompressedTower tower in summary.Towers)
        {
            Row(page, tower.Name, tower.Shape, Name(tower.Storage), "–", tower.DenseBytes, tower.Bytes, tower.RelativeError, tower.WorstRowError);
        }

        page.Append("</tbody></table></div>\n");
    }

    private static void Row(StringBuilder page, string name, IReadOnlyList<long> shape, string method, string ranks, long before, long after, double error, double worst)
    {
        string sizes = string.Join(" × ", shape.Select(SvgText.Whole));
        page.Append($"<tr><td>{SvgText.Escape(name)}</td><td>{sizes}</td><td class=\"text\">{SvgText.Escape(method)}</td><td>{ranks}</td><td title=\"{SvgText.Whole(before)} bytes\">{SvgText.Bytes(before)}</td>");
        page.Append($"<td title=\"{SvgText.Whole(after)} bytes\">{SvgText.Bytes(after)}</td><td>{ReportCharts.Ratio(before, after)}</td><td>{SvgText.Fixed(error, 4)}</td><td>{SvgText.Fixed(worst, 4)}</td></tr>");
    }

    private static void Bytes(StringBuilder page, CompressionSummary summary)
    {
        long towersBefore = summary.Towers.Sum(static tower => tower.DenseBytes);
        long towersAfter = summary.Towers.Sum(static tower => tower.Bytes);
        SvgBars bars = new()
        {
            Title = "Bytes before and after",
            Before = "before",
            After = "after",
            Axis = new ChartAxis("bytes", AxisFormat.Bytes),
            Bars =
            [
                .. summary.Tables.OrderByDescending(static table => table.DenseBytes).Select(static table => Bar(table.Feature, table.DenseBytes, table.Bytes)),
                Bar("towers", towersBefore, towersAfter),
            ],
        };
        page.Append($"<h2>Bytes before and after</h2>\n<figure class=\"card wide\">{bars.ToSvg(isStandalone: false)}</figure>\n");
    }

    private static ChartBar Bar(string name, long before, long after) =>
        new(name, before, after, $"{SvgText.Bytes(before)} → {SvgText.Bytes(after)}, {ReportCharts.Ratio(before, after)}");

    private static void Spectra(StringBuilder page, IReadOnlyList<CompressedTable> tables)
    {
        CompressedTable[] decomposed = [.. tables.Where(static table => table.Spectra.Any(static bond => bond.Length > 0)).OrderByDescending(static table => table.DenseBytes)];
        if (decomposed.Length == 0)
        {
            return;
        }

        page.Append("<h2>Singular values</h2>\n<p>One chart a table, one line a bond, over the largest of the table: the squares of those right of the dashed line, where the rank was cut, are what is lost before rounding. A line that falls steeply has a rank; a flat one has none.</p>");
        ReportPage.BondKey(page, decomposed.Max(static table => table.Spectra.Count), "rank");
        page.Append("<div class=\"small\" style=\"grid-template-columns:repeat(auto-fill,minmax(270px,1fr))\">");
        foreach (CompressedTable table in decomposed)
        {
            string values = $"{table.Method}, rank {string.Join(" · ", table.Ranks)}, error {table.RelativeError.ToString("F4", CultureInfo.InvariantCulture)}";
            page.Append($"<figure class=\"card\"><h3>{SvgText.Escape(table.Feature)}</h3><div class=\"values\">{SvgText.Escape(values)}</div>{Chart(table).ToSvg(isStandalone: false)}</figure>\n");
        }

        page.Append("</div>\n");
    }

    private static SvgChart Chart(CompressedTable table)
    {
        double largest = table.Spectra.Max(static bond => bond.DefaultIfEmpty(0).Max());
        double[][] shares = [.. table.Spectra.Select(bond => bond.Select(value => largest > 0 ? value / largest : 0).TakeWhile(static share => share > SmallestShare).ToArray())];
        double lowest = shares.SelectMany(static bond => bond).DefaultIfEmpty(1).Min();
        List<ChartSeries> series = [];
        for (int bond = 0; bond < shares.Length; bond++)
        {
            series.Add(new ChartSeries(string.Empty, [.. shares[bond].Select(static (share, r) => new ChartPoint(r + 1, share))], shares[bond].Length > MostDots ? ChartMark.Line : ChartMark.LineAndDots, bond));
        }

        for (int bond = 0; bond < Math.Min(shares.Length, table.Ranks.Count); bond++)
        {
            double cut = table.Ranks[bond] + 0.5;
            if (table.Ranks[bond] < shares[bond].Length)
            {
                series.Add(new ChartSeries(string.Empty, [new(cut, lowest), new(cut, 1)], ChartMark.Line, bond, IsDashed: true));
            }
        }

        return new SvgChart
        {
            Title = "Singular values of " + table.Feature,
            X = new ChartAxis(string.Empty, AxisFormat.Integer),
            Y = new ChartAxis(string.Empty, IsLogarithmic: true),
            Series = series,
            Width = 290,
            Height = 170,
        };
    }

    private static string Name(StorageType storage) => storage.ToString().ToLowerInvariant();
}
