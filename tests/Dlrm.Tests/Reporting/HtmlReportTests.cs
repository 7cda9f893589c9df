using System.Text.RegularExpressions;
using System.Xml;
using System.Xml.Linq;
using Dlrm.Metrics;
using Dlrm.Reporting;

namespace Dlrm.Tests.Reporting;

public sealed class HtmlReportTests
{
    private const string Hostile = "<script src=\"http://evil.example/x.js\"></script>&'";

    [Fact]
    public void Save_RunFolder_ShowsEveryPart()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder.File("options.json"), "{\"training\":{\"batchSize\":256}}");
        WriteMetrics(folder.File("metrics.jsonl"), 26, 40);
        WriteMetrics(folder.File("dense.jsonl"), 0, 40);

        string path = HtmlReport.Save(folder.Path, Summary() with { Peers = [new("dense", folder.File("dense.jsonl"))] });

        XDocument page = Parse(File.ReadAllText(path));
        Assert.Equal(["Results", "Training", "TT ranks while training", "Bytes by table", "Pruning", "Options"], page.Descendants("h2").Select(heading => heading.Value));
        Assert.Equal(25, page.Descendants("figure").Count(figure => ((string?)figure.Parent!.Attribute("class")) == "small"));
        Assert.Contains("\"batchSize\": 256", page.Descendants("pre").Single().Value, StringComparison.Ordinal);
        Assert.All(page.Descendants().Where(element => element.Name.LocalName == "svg" && element.Attribute("aria-hidden") is null), svg => Assert.Equal("title", svg.Elements().First().Name.LocalName));
    }

    [Fact]
    public void Render_AnyContent_NeedsNothingFromOutside()
    {
        using TemporaryFolder folder = new();
        WriteMetrics(folder.File("metrics.jsonl"), 3, 5);

        string page = File.ReadAllText(HtmlReport.Save(folder.Path, Summary()));

        Assert.DoesNotMatch("(src|href)=|url\\(|@import|<script|<link", page);
        Assert.DoesNotMatch("https?://(?!www\\.w3\\.org/2000/svg)", page);
    }

    [Fact]
    public void Render_NothingYet_IsAPageAllTheSame()
    {
        using TemporaryFolder folder = new();

        string path = HtmlReport.Save(folder.Path, new RunSummary { Title = "empty" });

        Assert.Contains("no data yet", Parse(File.ReadAllText(path)).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Render_HostileTexts_AreShownAsText()
    {
        MetricsRecord entry = new()
        {
            Step = 1,
            Tables = [new TableRecord(Hostile, Hostile, [1, 2], 1, 2)],
            Pruned = [new PruningRecord(Hostile, 0, 1, 2, [1])],
        };

        string page = HtmlReport.Render(
            new RunSummary { Title = Hostile, Name = Hostile, Facts = [new(Hostile, Hostile)], Results = [new ResultRow(Hostile, double.NaN, double.NaN, double.NaN, 0, double.NaN, Hostile)] },
            [new ReportRun(Hostile, [entry]), new ReportRun(Hostile, [])],
            Hostile,
            unreadableLines: 3);

        Assert.Empty(Parse(page).Descendants("script"));
        Assert.Contains("lines of metrics.jsonl that can't be read", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Render_Energies_StandByTheirTables()
    {
        MetricsRecord entry = new() { Step = 1, Tables = [new TableRecord("tables.C1", "TT", [2], 5, 6), new TableRecord("tables.C2", "dense", null, 6, 6)] };

        string page = HtmlReport.Render(
            new RunSummary { Title = "t", Energies = new Dictionary<string, double> { ["tables.C1"] = 0.12344 } }, [new ReportRun("r", [entry])], null, unreadableLines: 0);

        Assert.Contains("<td>0.1234</td></tr><tr><td>C2</td>", page, StringComparison.Ordinal);
        Assert.Contains("<td>–</td></tr></tbody>", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Render_MoreRemovalsThanShown_SaysHowMany()
    {
        MetricsRecord entry = new() { Step = 1, Pruned = [.. Enumerable.Range(0, 733).Select(i => new PruningRecord("tables.C1", 0, i, i, [1]))] };

        string page = HtmlReport.Render(new RunSummary { Title = "t" }, [new ReportRun("a", [entry])], null, 0);

        Assert.Contains("733 removals", page, StringComparison.Ordinal);
        Assert.Contains("233 more are in metrics.jsonl.", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Render_Results_CompareWithTheFirstRow()
    {
        XDocument page = Parse(HtmlReport.Render(Summary(), [new ReportRun("a", [])], null, 0));

        string[] rows = [.. page.Descendants("tbody").First().Elements().Select(row => string.Join('|', row.Elements().Select(cell => cell.Value)))];

        Assert.Equal(["dense|0.7567 ± 0.0006||0.4512|0.9021|54.1 MB||", "Bayesian TTM|0.7503|−0.0064|0.4601|–|1.23 MB|44.0×|ranks found"], rows);
    }

    [Fact]
    public void Render_Reliability_ShowsTheBinsAndTheirError()
    {
        RunSummary summary = Summary() with
        {
            Reliability = new Dictionary<string, IReadOnlyList<ReliabilityBin>> { ["means"] = [new(0.1, 0.15, 300, 0.12, 0.10), new(0.5, 0.55, 100, 0.52, 0.60)] },
        };

        string page = HtmlReport.Render(summary, [new ReportRun("a", [])], null, 0);

        // (300 · 0.02 + 100 · 0.08) / 400
        Assert.Contains("Expected calibration error, means: 0.0350.", page, StringComparison.Ordinal);
        XElement table = Parse(page).Descendants("table").Single(element => element.Value.Contains("mean probability", StringComparison.Ordinal));
        Assert.Equal("means0.50–0.551000.52000.6000", table.Element("tbody")!.Elements().Last().Value);
        Assert.DoesNotContain("Calibration", HtmlReport.Render(Summary(), [new ReportRun("a", [])], null, 0), StringComparison.Ordinal);
    }

    private static RunSummary Summary() => new()
    {
        Title = "A run",
        Results = [new ResultRow("dense", 0.75671, 0.4512, 0.9021, 54_120_000, 0.0006), new ResultRow("Bayesian TTM", 0.7503, 0.4601, double.NaN, 1_230_000, 0, "ranks found")],
        BestAuc = 0.76,
        TrueRanks = new Dictionary<string, IReadOnlyList<int>> { ["tables.C3"] = [2, 3] },
    };

    private static void WriteMetrics(string path, int tables, int lines)
    {
        using MetricsLog log = MetricsLog.Create(path);
        for (int line = 1; line <= lines; line++)
        {
            log.Append(new MetricsRecord
            {
                Step = line * 100,
                Loss = line == 3 ? double.NaN : 0.7 / line,
                StoredBytes = 1_000_000 / line,
                Tables = [.. Enumerable.Range(0, tables).Select(t => new TableRecord(
                    "tables.C" + t, "TT-matrix", t == 1 ? null : t == 2 && line > 20 ? [] : [Math.Max(2, 16 - line), 8], t == 2 && line > 20 ? 0 : 1000, (long)Math.Pow(10, t / 3.0) * 1000))],
                Pruned = tables > 0 && line % 10 == 0 ? [new PruningRecord("tables.C0", 1, 0.5, 12.25, [3, 8])] : [],
                Validation = line % 5 == 0 ? new ValidationRecord(1000, 0.7 + (line * 0.001), 0.5, 0.9, 1) : null,
            });
        }
    }

    private static XDocument Parse(string page)
    {
        using XmlReader reader = XmlReader.Create(new StringReader(page), new XmlReaderSettings { DtdProcessing = DtdProcessing.Ignore });
        return XDocument.Load(reader);
    }
}
