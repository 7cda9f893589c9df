using System.Text;
using Dlrm.Metrics;

namespace Dlrm.Reporting;

/// <summary>The part of a report that shows how far probabilities can be trusted: the reliability table, as a chart and in numbers.</summary>
internal static class CalibrationSection
{
    /// <summary>Writes the part; nothing without a table.</summary>
    /// <param name="page">Receives HTML.</param>
    /// <param name="tables">Bins with samples, by what made the predictions.</param>
    internal static void Add(StringBuilder page, IReadOnlyDictionary<string, IReadOnlyList<ReliabilityBin>> tables)
    {
        if (!tables.Values.Any(static bins => bins.Count > 0))
        {
            return;
        }

        page.Append("<h2>Calibration</h2>\n<p>Of the test samples that were given about a probability, the share that was clicked. Bars are two standard errors of that share; a perfect model lies on the dashed line.");
        foreach ((string name, IReadOnlyList<ReliabilityBin> bins) in tables)
        {
            page.Append($" Expected calibration error, {SvgText.Escape(name)}: {SvgText.Fixed(Error(bins), 4)}.");
        }

        page.Append($"</p><figure class=\"card\">{Chart(tables).ToSvg(isStandalone: false)}</figure>\n");
        page.Append("<details><summary>The reliability table in numbers</summary><div class=\"wide\"><table><thead><tr><th class=\"text\">predictions</th><th>bin</th><th>samples</th><th>mean probability</th><th>clicked</th></tr></thead><tbody>");
        foreach ((string name, IReadOnlyList<ReliabilityBin> bins) in tables)
        {
            foreach (ReliabilityBin bin in bins)
            {
                page.Append($"<tr><td class=\"text\">{SvgText.Escape(name)}</td><td>{SvgText.Fixed(bin.From, 2)}–{SvgText.Fixed(bin.To, 2)}</td><td>{SvgText.Whole(bin.Samples)}</td><td>{SvgText.Fixed(bin.MeanProbability, 4)}</td><td>{SvgText.Fixed(bin.MeanLabel, 4)}</td></tr>");
            }
        }

        page.Append("</tbody></table></div></details>\n");
    }

    private static double Error(IReadOnlyList<ReliabilityBin> bins) =>
        bins.Sum(static bin => bin.Samples * Math.Abs(bin.MeanProbability - bin.MeanLabel)) / bins.Sum(static bin => (double)bin.Samples);

    private static SvgChart Chart(IReadOnlyDictionary<string, IReadOnlyList<ReliabilityBin>> tables)
    {
        List<ChartSeries> series = [];
        foreach ((string name, IReadOnlyList<ReliabilityBin> bins) in tables)
        {
            series.Add(new ChartSeries(name, [.. bins.Select(static bin => new ChartPoint(bin.MeanProbability, bin.MeanLabel, null, 2 * Math.Sqrt(bin.MeanLabel * (1 - bin.MeanLabel) / bin.Samples)))], ChartMark.LineAndDots, series.Count));
        }

        series.Add(new ChartSeries("perfect", [new(0, 0), new(1, 1)], ChartMark.Line, Color: 7, IsDashed: true));
        return new SvgChart { Title = "Reliability on the test samples", X = new ChartAxis("mean probability", StartsAtZero: true), Y = new ChartAxis("share clicked", StartsAtZero: true), Series = series };
    }
}
