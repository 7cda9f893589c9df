using System.Text;

namespace Dlrm.Reporting;

/// <summary>Draws pairs of horizontal bars as SVG; with logarithms when the values span more than two powers of ten.</summary>
/// <remarks>A value of 0, or one that is not finite, has no bar.</remarks>
public sealed record SvgBars
{
    private const int RowHeight = 26;

    /// <summary>Gets the title.</summary>
    public required string Title { get; init; }

    /// <summary>Gets the name of the upper bars.</summary>
    public required string Before { get; init; }

    /// <summary>Gets the name of the lower bars.</summary>
    public required string After { get; init; }

    /// <summary>Gets the axis of the values.</summary>
    public required ChartAxis Axis { get; init; }

    /// <summary>Gets the bars, from the top.</summary>
    public required IReadOnlyList<ChartBar> Bars { get; init; }

    /// <summary>Gets the width in pixels.</summary>
    public int Width { get; init; } = 860;

    /// <summary>Writes the chart as a file of its own, with its title and colours.</summary>
    /// <param name="path">The .svg file.</param>
    public void Save(string path) => File.WriteAllText(path, ToSvg(isStandalone: true));

    /// <summary>Draws the chart.</summary>
    /// <param name="isStandalone">Whether title, background and colours are drawn; a page that has them says no.</param>
    /// <returns>One svg element.</returns>
    public string ToSvg(bool isStandalone)
    {
        double[] values = [.. Bars.SelectMany(static bar => (double[])[bar.Before, bar.After]).Where(static value => double.IsFinite(value) && value > 0)];
        ChartAxis axis = Axis with { IsLogarithmic = values.Length > 0 && values.Max() > 100 * values.Min(), StartsAtZero = true };
        Ticks ticks = new(axis, values, 6);
        double labels = 16 + Bars.Select(static bar => SvgText.Width(SvgText.Shorten(bar.Label, 28))).DefaultIfEmpty(0).Max();
        double notes = 16 + Bars.Select(static bar => SvgText.Width(SvgText.Shorten(bar.Note, 44))).DefaultIfEmpty(0).Max();
        int top = isStandalone ? 58 : 32;
        int bottom = top + (RowHeight * Bars.Count);
        double right = Math.Max(labels + 80, Width - notes);
        StringBuilder svg = new();
        SvgFrame.Begin(svg, Title, Width, bottom + 44, isStandalone);
        svg.Append($"<g class=\"k7\"><rect class=\"bar pale\" x=\"12\" y=\"{top - 20}\" width=\"18\" height=\"8\"/></g><text class=\"strong\" x=\"36\" y=\"{top - 12}\">{SvgText.Escape(Before)}</text>");
        string second = SvgText.Place(60 + SvgText.Width(Before));
        svg.Append($"<g class=\"k0\"><rect class=\"bar\" x=\"{second}\" y=\"{top - 20}\" width=\"18\" height=\"8\"/></g><text class=\"strong\" x=\"{SvgText.Place(84 + SvgText.Width(Before))}\" y=\"{top - 12}\">{SvgText.Escape(After)}</text>");
        foreach (double tick in ticks.Values)
        {
            double x = labels + ((right - labels) * ticks.Place(tick));
            svg.Append($"<path class=\"grid\" d=\"M{SvgText.Place(x)} {top}V{bottom}\"/><text class=\"middle\" x=\"{SvgText.Place(x)}\" y=\"{bottom + 16}\">{SvgText.Tick(tick, axis.Format, ticks.Step)}</text>");
        }

        svg.Append($"<text class=\"middle\" x=\"{SvgText.Place((labels + right) / 2)}\" y=\"{bottom + 34}\">{SvgText.Escape(axis.Label + (axis.IsLogarithmic ? ", logarithmic" : string.Empty))}</text>");
        for (int row = 0; row < Bars.Count; row++)
        {
            Row(svg, Bars[row], top + (row * RowHeight), labels, right, axis, ticks);
        }

        return svg.Append("</svg>").ToString();
    }

    private static void Row(StringBuilder svg, ChartBar bar, int top, double left, double right, ChartAxis axis, Ticks ticks)
    {
        svg.Append($"<g><title>{SvgText.Escape(bar.Label + ": " + bar.Note)}</title>");
        svg.Append($"<text class=\"strong end\" x=\"{SvgText.Place(left - 8)}\" y=\"{top + 17}\">{SvgText.Escape(SvgText.Shorten(bar.Label, 28))}</text>");
        foreach ((double value, int y, string style) in ((double, int, string)[])[(bar.Before, top + 4, "k7\"><rect class=\"bar pale"), (bar.After, top + 13, "k0\"><rect class=\"bar")])
        {
            if (axis.Shows(value) && value > 0)
            {
                double width = Math.Max(1, (right - left) * ticks.Place(value));
                svg.Append($"<g class=\"{style}\" x=\"{SvgText.Place(left)}\" y=\"{y}\" width=\"{SvgText.Place(width)}\" height=\"8\"/></g>");
            }
        }

        svg.Append($"<text x=\"{SvgText.Place(right + 8)}\" y=\"{top + 17}\">{SvgText.Escape(SvgText.Shorten(bar.Note, 44))}</text></g>");
    }
}
