using System.Text;

namespace Dlrm.Reporting;

/// <summary>Draws lines and dots over two axes as SVG: light or dark as the reader's system is, with a title for screen readers.</summary>
/// <remarks>Points that are not finite are left out and interrupt their line; without any point a sentence stands in the chart. Same content, same text.</remarks>
public sealed record SvgChart
{
    private const int MostPoints = 600;
    private const double Right = 14;
    private const double LabelHeight = 13;

    /// <summary>Gets the title; drawn by <see cref="Save"/>, and for screen readers always.</summary>
    public required string Title { get; init; }

    /// <summary>Gets the horizontal axis.</summary>
    public required ChartAxis X { get; init; }

    /// <summary>Gets the vertical axis.</summary>
    public required ChartAxis Y { get; init; }

    /// <summary>Gets the series; the first is drawn last, on top.</summary>
    public required IReadOnlyList<ChartSeries> Series { get; init; }

    /// <summary>Gets the width in pixels.</summary>
    public int Width { get; init; } = 560;

    /// <summary>Gets the height in pixels.</summary>
    public int Height { get; init; } = 300;

    /// <summary>Writes the chart as a file of its own, with its title and colours.</summary>
    /// <param name="path">The .svg file.</param>
    public void Save(string path) => File.WriteAllText(path, ToSvg(isStandalone: true));

    /// <summary>Draws the chart.</summary>
    /// <param name="isStandalone">Whether title, background and colours are drawn; a page that has them says no.</param>
    /// <returns>One svg element.</returns>
    public string ToSvg(bool isStandalone)
    {
        StringBuilder svg = new();
        SvgFrame.Begin(svg, Title, Width, Height, isStandalone);
        double top = (isStandalone ? 34 : 8) + Legend(svg, isStandalone ? 34 : 8);
        IEnumerable<ChartPoint> points = Series.SelectMany(series => series.Points).Where(IsShown);
        Ticks horizontal = new(X, points.Select(point => point.X), Math.Max(2, Width / 80), isTight: Series.All(series => series.Mark != ChartMark.Dots));
        Ticks vertical = new(Y, points.SelectMany(point => (double[])[point.Y - point.Deviation, point.Y, point.Y + point.Deviation]), Math.Max(2, (int)((Height - top - 24) / (Height < 200 ? 22 : 36))));
        double widest = vertical.Values.Select(value => SvgText.Width(SvgText.Tick(value, Y.Format, vertical.Step))).DefaultIfEmpty(0).Max();
        SvgArea area = new(widest + (Y.Label.Length > 0 ? 28 : 12), top, Width - Right, Height - (X.Label.Length > 0 ? 40 : 24), horizontal, vertical);
        Axes(svg, area);
        if (!points.Any())
        {
            svg.Append($"<text class=\"middle\" x=\"{SvgText.Place((area.Left + area.Right) / 2)}\" y=\"{SvgText.Place((area.Top + area.Bottom) / 2)}\">no data yet</text>");
        }

        foreach (ChartSeries series in Series.Reverse())
        {
            Draw(svg, area, series);
        }

        Labels(svg, area);
        return svg.Append("</svg>").ToString();
    }

    private static string Key(ChartSeries series) => "k" + (((series.Color % 8) + 8) % 8);

    private bool IsShown(ChartPoint point) => X.Shows(point.X) && Y.Shows(point.Y);

    private double Legend(StringBuilder svg, double top)
    {
        double x = 12;
        double y = top + 6;
        ChartSeries[] named = [.. Series.Where(series => series.Name.Length > 0)];
        foreach (ChartSeries series in named)
        {
            string name = SvgText.Shorten(series.Name, 34);
            double width = SvgText.Width(name) + 36;
            if (x > 12 && x + width > Width - Right)
            {
                x = 12;
                y += 16;
            }

            string sample = series.Mark == ChartMark.Dots
                ? $"<circle class=\"dot\" cx=\"{SvgText.Place(x + 9)}\" cy=\"{SvgText.Place(y)}\" r=\"4\"/>"
                : $"<path class=\"line{(series.IsDashed ? " dashed" : string.Empty)}\" d=\"M{SvgText.Place(x)} {SvgText.Place(y)}h18\"/>";
            svg.Append($"<g class=\"{Key(series)}\">{sample}</g><text class=\"strong\" x=\"{SvgText.Place(x + 23)}\" y=\"{SvgText.Place(y + 4)}\">{SvgText.Escape(name)}</text>");
            x += width;
        }

        return named.Length == 0 ? 4 : y - top + 14;
    }

    private void Axes(StringBuilder svg, SvgArea area)
    {
        foreach (double value in area.Vertical.Values)
        {
            string y = SvgText.Place(area.Y(value));
            svg.Append($"<path class=\"grid\" d=\"M{SvgText.Place(area.Left)} {y}H{SvgText.Place(area.Right)}\"/>");
            svg.Append($"<text class=\"end\" x=\"{SvgText.Place(area.Left - 6)}\" y=\"{SvgText.Place(area.Y(value) + 4)}\">{SvgText.Tick(value, Y.Format, area.Vertical.Step)}</text>");
        }

        double free = double.NegativeInfinity;
        foreach (double value in area.Horizontal.Values)
        {
            double x = area.X(value);
            string text = SvgText.Tick(value, X.Format, area.Horizontal.Step);
            double half = SvgText.Width(text) / 2;
            svg.Append($"<path class=\"axis\" d=\"M{SvgText.Place(x)} {SvgText.Place(area.Bottom)}v4\"/>");
            if (x - half > free)
            {
                double place = Math.Min(x, Width - half - 2);
                svg.Append($"<text class=\"middle\" x=\"{SvgText.Place(place)}\" y=\"{SvgText.Place(area.Bottom + 16)}\">{text}</text>");
                free = x + half + 6;
            }
        }

        svg.Append($"<path class=\"axis\" d=\"M{SvgText.Place(area.Left)} {SvgText.Place(area.Bottom)}H{SvgText.Place(area.Right)}\"/>");
        if (X.Label.Length > 0)
        {
            svg.Append($"<text class=\"middle\" x=\"{SvgText.Place((area.Left + area.Right) / 2)}\" y=\"{SvgText.Place(area.Bottom + 33)}\">{SvgText.Escape(X.Label)}</text>");
        }

        if (Y.Label.Length > 0)
        {
            string place = $"12 {SvgText.Place((area.Top + area.Bottom) / 2)}";
            svg.Append($"<text class=\"middle\" transform=\"translate({place}) rotate(-90)\">{SvgText.Escape(Y.Label)}</text>");
        }
    }

    private void Draw(StringBuilder svg, SvgArea area, ChartSeries series)
    {
        svg.Append($"<g class=\"{Key(series)}\">");
        if (series.Mark != ChartMark.Dots)
        {
            Path(svg, area, series);
        }

        if (series.Mark is ChartMark.Dots or ChartMark.LineAndDots)
        {
            double radius = series.Mark == ChartMark.Dots ? 4.5 : series.Points.Count > 60 ? 1.6 : 3;
            foreach (ChartPoint point in series.Points.Where(IsShown))
            {
                string x = SvgText.Place(area.X(point.X));
                if (point.Deviation > 0 && Y.Shows(point.Y - point.Deviation))
                {
                    svg.Append($"<path class=\"error\" d=\"M{x} {SvgText.Place(area.Y(point.Y - point.Deviation))}V{SvgText.Place(area.Y(point.Y + point.Deviation))}\"/>");
                }

                string hint = $"{point.Label ?? series.Name}: {X.Label} {SvgText.Tick(point.X, X.Format, 0)}, {Y.Label} {SvgText.Fixed(point.Y, 5)}";
                svg.Append($"<circle class=\"dot\" cx=\"{x}\" cy=\"{SvgText.Place(area.Y(point.Y))}\" r=\"{SvgText.Place(radius)}\"><title>{SvgText.Escape(hint)}</title></circle>");
            }
        }

        svg.Append("</g>");
    }

    private void Path(StringBuilder svg, SvgArea area, ChartSeries series)
    {
        StringBuilder path = new();
        bool isDown = false;
        foreach (ChartPoint point in Thin(series.Points))
        {
            if (!IsShown(point))
            {
                isDown = false;
                continue;
            }

            string x = SvgText.Place(area.X(point.X));
            string y = SvgText.Place(area.Y(point.Y));
            path.Append(!isDown ? $"M{x} {y}" : series.Mark == ChartMark.Step ? $"H{x}V{y}" : $"L{x} {y}");
            isDown = true;
        }

        if (path.Length > 0)
        {
            svg.Append($"<path class=\"line{(series.IsDashed ? " dashed" : string.Empty)}\" d=\"{path}\"/>");
        }
    }

    /// <summary>Keeps the lowest and the highest point of each run of neighbours when there are more points than pixels can show.</summary>
    private IEnumerable<ChartPoint> Thin(IReadOnlyList<ChartPoint> points)
    {
        if (points.Count <= MostPoints)
        {
            return points;
        }

        int size = (points.Count + (MostPoints / 2) - 1) / (MostPoints / 2);
        return points.Chunk(size).SelectMany(chunk =>
        {
            int[] shown = [.. Enumerable.Range(0, chunk.Length).Where(i => IsShown(chunk[i]))];
            if (shown.Length == 0)
            {
                return [chunk[0]];
            }

            int low = shown.MinBy(i => chunk[i].Y);
            int high = shown.MaxBy(i => chunk[i].Y);
            return (IEnumerable<ChartPoint>)[chunk[Math.Min(low, high)], chunk[Math.Max(low, high)]];
        });
    }

    /// <summary>Lists heights along a dot and its error bar, close enough that no label fits between.</summary>
    private static IEnumerable<double> Bar(SvgArea area, ChartPoint point)
    {
        double middle = area.Y(point.Y);
        double half = point.Deviation > 0 ? Math.Abs(area.Y(point.Y + point.Deviation) - middle) : 0;
        int pieces = (int)(half / LabelHeight) + 1;
        return half == 0 ? [middle] : Enumerable.Range(-pieces, (2 * pieces) + 1).Select(piece => middle + (half * piece / pieces));
    }

    private void Labels(StringBuilder svg, SvgArea area)
    {
        List<(double Left, double Top, double Right)> taken = [.. Series.Where(series => series.Mark == ChartMark.Dots).SelectMany(series => series.Points).Where(IsShown)
            .SelectMany(point => Bar(area, point).Select(y => (area.X(point.X) - 5, y - 6, area.X(point.X) + 5)))];
        foreach ((ChartSeries series, ChartPoint point) in Series.SelectMany(series => series.Points.Select(point => (series, point))).Where(pair => pair.point.Label is not null && IsShown(pair.point)))
        {
            string text = SvgText.Shorten(point.Label!, 40);
            double width = SvgText.Width(text);
            double x = area.X(point.X);
            (double Left, double Top, double Right) best = default;
            bool isMoved = false;
            foreach (double shift in (double[])[0, -14, 14, -28, 28, -42, 42, 56, -56, 70, -70, 84])
            {
                double left = x + 8 + width < Width ? x + 8 : Math.Max(2, x - 8 - width);
                best = (left, Math.Clamp(area.Y(point.Y) - 6 + shift, area.Top, area.Bottom - LabelHeight), left + width);
                if (!taken.Any(other => best.Left < other.Right && other.Left < best.Right && Math.Abs(best.Top - other.Top) < LabelHeight))
                {
                    break;
                }

                isMoved = true;
            }

            taken.Add(best);
            if (isMoved)
            {
                // A label that had to move is tied to its dot.
                string end = SvgText.Place(best.Left > x ? best.Left - 2 : best.Right + 2);
                svg.Append($"<path class=\"lead {Key(series)}\" d=\"M{SvgText.Place(x)} {SvgText.Place(area.Y(point.Y))}L{end} {SvgText.Place(best.Top + 6)}\"/>");
            }

            svg.Append($"<text class=\"strong\" x=\"{SvgText.Place(best.Left)}\" y=\"{SvgText.Place(best.Top + 10)}\">{SvgText.Escape(text)}</text>");
        }
    }
}
