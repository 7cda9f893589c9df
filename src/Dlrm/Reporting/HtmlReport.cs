using System.Text;
using System.Text.Json;

namespace Dlrm.Reporting;

/// <summary>Writes <c>report.html</c> of a run folder: one file that needs nothing else, with curves, TT ranks over time and bytes by table.</summary>
public static class HtmlReport
{
    private const int MostEvents = 500;
    private static readonly JsonWriterOptions Indented = new() { Indented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes the report beside the files it is made of: options.json and metrics.jsonl, either of which may be missing.</summary>
    /// <param name="folder">The run folder.</param>
    /// <param name="summary">What the report says besides.</param>
    /// <returns>The path of the report.</returns>
    public static string Save(string folder, RunSummary summary)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentNullException.ThrowIfNull(summary);
        string options = Path.Combine(folder, "options.json");
        (IReadOnlyList<MetricsRecord> records, int unreadable) = MetricsLog.Read(Path.Combine(folder, "metrics.jsonl"));
        ReportRun[] runs = [new(summary.Name, records), .. summary.Peers.Select(static peer => new ReportRun(peer.Key, MetricsLog.Read(peer.Value).Records))];
        string path = Path.Combine(folder, "report.html");
        File.WriteAllText(path, Render(summary, runs, File.Exists(options) ? File.ReadAllText(options) : null, unreadable));
        return path;
    }

    /// <summary>Makes the page.</summary>
    /// <param name="summary">What it says besides.</param>
    /// <param name="runs">The runs; the first is the report's own.</param>
    /// <param name="optionsJson">The effective options, or null.</param>
    /// <param name="unreadableLines">The lines of the metrics that can't be read.</param>
    /// <returns>HTML.</returns>
    internal static string Render(RunSummary summary, IReadOnlyList<ReportRun> runs, string? optionsJson, int unreadableLines)
    {
        StringBuilder page = new();
        ReportPage.Begin(page, summary.Title);
        ReportPage.Facts(page, unreadableLines == 0 ? summary.Facts : [.. summary.Facts, new("lines of metrics.jsonl that can't be read", SvgText.Whole(unreadableLines))]);
        IReadOnlyList<MetricsRecord> records = runs[0].Records;
        IReadOnlyList<TableRecord> tables = records.LastOrDefault(static entry => entry.Tables.Count > 0)?.Tables ?? [];
        Tiles(page, runs[0], tables);
        ResultsSection.Add(page, summary.Results, summary.BestAuc);
        Curves(page, runs, summary.BestAuc);
        CalibrationSection.Add(page, summary.Reliability);
        RankTrajectories(page, runs[0], summary.TrueRanks);
        Tables(page, tables, summary.Energies);
        Pruned(page, records);
        Options(page, optionsJson);
        return ReportPage.End(page);
    }

    private static void Tiles(StringBuilder page, ReportRun run, IReadOnlyList<TableRecord> tables)
    {
        if (run.Records.Count == 0)
        {
            return;
        }

        MetricsRecord last = run.Records[^1];
        ValidationRecord? validation = run.Records.LastOrDefault(static entry => entry.Validation is not null)?.Validation;
        long dense = tables.Sum(static table => table.DenseBytes);
        long stored = tables.Sum(static table => table.StoredBytes);
        page.Append("<div class=\"tiles\">");
        ReportPage.Tile(page, "validation AUC", SvgText.Fixed(validation?.Auc ?? double.NaN, 4));
        ReportPage.Tile(page, "validation log loss", SvgText.Fixed(validation?.LogLoss ?? double.NaN, 4));
        ReportPage.Tile(page, "whole model", SvgText.Bytes(last.StoredBytes));
        ReportPage.Tile(page, "smaller than dense", ReportCharts.Ratio(last.StoredBytes - stored + dense, last.StoredBytes));
        ReportPage.Tile(page, "steps", SvgText.Whole(last.Step));
        ReportPage.Tile(page, "samples per second", SvgText.Whole((long)(double.IsFinite(last.SamplesPerSecond) ? last.SamplesPerSecond : 0)));
        page.Append("</div>\n");
    }

    private static void Curves(StringBuilder page, IReadOnlyList<ReportRun> runs, double bestAuc)
    {
        page.Append("<h2>Training</h2>\n<div class=\"curves\">");
        foreach (SvgChart chart in ReportCharts.Curves(runs, bestAuc))
        {
            page.Append($"<figure class=\"card\"><h3>{SvgText.Escape(chart.Title)}</h3>{chart.ToSvg(isStandalone: false)}</figure>\n");
        }

        page.Append("</div>\n");
    }

    private static void RankTrajectories(StringBuilder page, ReportRun run, IReadOnlyDictionary<string, IReadOnlyList<int>> trueRanks)
    {
        SvgChart[] charts = [.. ReportCharts.Ranks(run, trueRanks)];
        if (charts.Length == 0)
        {
            return;
        }

        Dictionary<string, IReadOnlyList<int>> last = [];
        Dictionary<string, IReadOnlyList<int>> first = [];
        foreach (TableRecord table in run.Records.SelectMany(static entry => entry.Tables).Where(static table => table.Ranks is not null))
        {
            first.TryAdd(ReportCharts.ShortName(table.Name), table.Ranks!);
            last[ReportCharts.ShortName(table.Name)] = table.Ranks!;
        }

        page.Append("<h2>TT ranks while training</h2>\n<p>One chart a table, one line a bond between two cores. The model starts with the ranks on the left and drops the components that do not pay for themselves.</p>");
        ReportPage.BondKey(page, first.Values.Max(static ranks => ranks.Count), trueRanks.Count > 0 ? "true rank" : null);
        page.Append("<div class=\"small\">");
        foreach (SvgChart chart in charts)
        {
            string values = $"{Ranks(first[chart.Title])} → {(last[chart.Title].Count == 0 ? "dropped" : Ranks(last[chart.Title]))}";
            page.Append($"<figure class=\"card\"><h3>{SvgText.Escape(chart.Title)}</h3><div class=\"values\">{values}</div>{chart.ToSvg(isStandalone: false)}</figure>\n");
        }

        page.Append("</div>\n");
    }

    private static void Tables(StringBuilder page, IReadOnlyList<TableRecord> tables, IReadOnlyDictionary<string, double> energies)
    {
        if (tables.Count == 0)
        {
            return;
        }

        page.Append($"<h2>Bytes by table</h2>\n<p>What each table would take with every row as it is, and what the compact model stores. The energy in the table of numbers is the root mean square of an entry: how much the tensor has to say.</p><figure class=\"card wide\">{ReportCharts.Bytes(tables).ToSvg(isStandalone: false)}</figure>\n");
        page.Append("<details><summary>All tables in numbers</summary><div class=\"wide\"><table><thead><tr><th>table</th><th class=\"text\">stored as</th><th>dense bytes</th><th>stored bytes</th><th>compression</th><th>energy</th></tr></thead><tbody>");
        foreach (TableRecord table in tables)
        {
            string energy = energies.TryGetValue(table.Name, out double value) ? SvgText.Fixed(value, 4) : "–";
            page.Append($"<tr><td>{SvgText.Escape(ReportCharts.ShortName(table.Name))}</td><td class=\"text\">{SvgText.Escape(table.Description)}</td><td>{SvgText.Whole(table.DenseBytes)}</td><td>{SvgText.Whole(table.StoredBytes)}</td><td>{ReportCharts.Ratio(table.DenseBytes, table.StoredBytes)}</td><td>{energy}</td></tr>");
        }

        page.Append("</tbody></table></div></details>\n");
    }

    private static void Pruned(StringBuilder page, IReadOnlyList<MetricsRecord> records)
    {
        (long Step, PruningRecord Event)[] events = [.. records.SelectMany(static entry => entry.Pruned.Select(pruned => (entry.Step, pruned)))];
        if (events.Length == 0)
        {
            return;
        }

        page.Append($"<h2>Pruning</h2>\n<p>A component goes when its description costs more nats than the fit loses without it.</p><details><summary>{SvgText.Whole(events.Length)} removals</summary><div class=\"wide\"><table><thead><tr><th>table</th><th>by step</th><th>bond</th><th>fit lost, nats</th><th>description saved, nats</th><th>TT ranks afterwards</th></tr></thead><tbody>");
        foreach ((long step, PruningRecord pruned) in events.Take(MostEvents))
        {
            page.Append($"<tr><td>{SvgText.Escape(ReportCharts.ShortName(pruned.Tensor))}</td><td>{SvgText.Whole(step)}</td><td>{(pruned.Bond < 0 ? "whole table" : pruned.Bond)}</td><td>{SvgText.Fixed(pruned.FitLost, 2)}</td><td>{SvgText.Fixed(pruned.CodeSaved, 2)}</td><td>{Ranks(pruned.Ranks)}</td></tr>");
        }

        page.Append("</tbody></table></div>");
        page.Append(events.Length > MostEvents ? $"<p>{SvgText.Whole(events.Length - MostEvents)} more are in metrics.jsonl.</p></details>\n" : "</details>\n");
    }

    private static void Options(StringBuilder page, string? json)
    {
        if (json is not null)
        {
            page.Append($"<h2>Options</h2>\n<details><summary>options.json</summary><pre>{SvgText.Escape(Pretty(json))}</pre></details>\n");
        }
    }

    private static string Pretty(string json)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            using MemoryStream stream = new();
            using (Utf8JsonWriter writer = new(stream, Indented))
            {
                document.WriteTo(writer);
            }

            return Encoding.UTF8.GetString(stream.ToArray());
        }
        catch (JsonException)
        {
            return json;
        }
    }

    private static string Ranks(IReadOnlyList<int> ranks) => ranks.Count == 0 ? "–" : string.Join(" · ", ranks);
}
