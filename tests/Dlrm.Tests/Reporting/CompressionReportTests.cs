using System.Xml.Linq;
using Dlrm.Compression;
using Dlrm.Reporting;

namespace Dlrm.Tests.Reporting;

/// <summary>Tests of <see cref="CompressionReport"/>.</summary>
public sealed class CompressionReportTests
{
    private static readonly CompressionSummary Summary = new()
    {
        Title = "dense <1>, compressed",
        Facts = [new("from", "dense")],
        Results = [new ResultRow("dense", 0.7567, 0.492, 0.8, 4_310_000), new ResultRow("compressed", 0.7535, 0.4946, 0.81, 86_061)],
        Tables =
        [
            new CompressedTable("C1", 1000, 16, "rows", [], 64_000, 16_000, 0.0041, 0.02),
            new CompressedTable("C3", 500_000, 16, "tt-svd", [3, 5], 32_000_000, 40_000, 0.1234, 4.5) { Spectra = [[8, 4, 2, 1, 1e-9], [8, 4, 2, 1, 0.5, 0.25]] },
            new CompressedTable("C7", 2000, 16, "projection", [4], 128_000, 9_000, 0.2, 1.5) { Spectra = [[1, 1, 1, 1, 1, 1]] },
        ],
        Towers = [new CompressedTower("top.0.weight", [64, 367], StorageType.Int8, 93_952, 23_616, 0.0052, 0.0071)],
        DenseBytes = 4_310_000,
        Bytes = 86_061,
        Storage = new StorageOptions { Rows = StorageType.Int8, Cores = StorageType.Int4 },
    };

    [Fact]
    public void Render_Summary_HasEveryTensorAndIsWellFormed()
    {
        string page = CompressionReport.Render(Summary);

        XElement html = XElement.Parse(page["<!DOCTYPE html>".Length..]);
        string[][] rows = [.. html.Descendants("table").Last().Descendants("tr").Skip(1).Select(row => row.Elements("td").Select(cell => cell.Value).ToArray())];
        Assert.Equal(["C3", "500,000 × 16", "tt-svd, int4", "3 · 5", "32 MB", "40 kB", "800×", "0.1234", "4.5000"], rows[0]);
        Assert.Equal(["C7", "C1", "top.0.weight"], rows.Skip(1).Select(row => row[0]));
        Assert.Equal(["C1", "1,000 × 16", "rows, int8", "–", "64 kB", "16 kB", "4.00×", "0.0041", "0.0200"], rows[2]);
        Assert.Equal(["top.0.weight", "64 × 367", "int8", "–", "94 kB", "23.6 kB", "3.98×", "0.0052", "0.0071"], rows[3]);
        Assert.Contains("−0.0032", page, StringComparison.Ordinal);
        Assert.DoesNotContain("http", page.Replace("http://www.w3.org/2000/svg", string.Empty, StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public void Render_DecomposedTables_HaveTheirSpectraWithTheCut()
    {
        XElement html = XElement.Parse(CompressionReport.Render(Summary)["<!DOCTYPE html>".Length..]);

        XElement[] figures = [.. html.Descendants("figure").Where(figure => figure.Elements("h3").Any())];
        Assert.Equal(["C3", "C7"], figures.Select(figure => figure.Element("h3")!.Value));
        Assert.Equal(4 + 6, figures[0].Descendants().Count(element => element.Name.LocalName == "circle"));
        Assert.Equal(2, figures[0].Descendants().Count(element => element.Name.LocalName == "path" && (string?)element.Attribute("class") == "line dashed"));
        Assert.Equal("projection, rank 4, error 0.2000", figures[1].Elements("div").First().Value);
    }

    [Fact]
    public void Render_NothingMeasuredOrDecomposed_LeavesThoseOut()
    {
        string page = CompressionReport.Render(Summary with { Results = [], Tables = [Summary.Tables[0]] });

        Assert.DoesNotContain("<h2>Results", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<h2>Singular", page, StringComparison.Ordinal);
        Assert.Contains("<h2>Bytes before and after", page, StringComparison.Ordinal);
    }
}
