using System.Globalization;
using System.Text;
using Dlrm.Reporting;

namespace Dlrm.Bench.Scaling;

/// <summary>Puts charts of one size beside and below each other in one picture.</summary>
internal static class ChartGrid
{
    /// <summary>Writes the picture.</summary>
    /// <param name="path">The .svg file.</param>
    /// <param name="title">The title for screen readers.</param>
    /// <param name="charts">The charts, row by row.</param>
    /// <param name="across">The charts of a row.</param>
    internal static void Save(string path, string title, IReadOnlyList<SvgChart> charts, int across)
    {
        int width = charts[0].Width;
        int height = charts[0].Height;
        int down = (charts.Count + across - 1) / across;
        StringBuilder svg = new();
        svg.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" aria-label=\"{title}\" viewBox=\"0 0 {across * width} {down * height}\" width=\"{across * width}\" height=\"{down * height}\">");
        for (int i = 0; i < charts.Count; i++)
        {
            svg.Append(CultureInfo.InvariantCulture, $"<g transform=\"translate({i % across * width} {i / across * height})\">{charts[i].ToSvg(isStandalone: true)}</g>");
        }

        File.WriteAllText(path, svg.Append("</svg>").ToString());
    }
}
