namespace Dlrm.Reporting;

/// <summary>The rectangle of a chart in which points are drawn.</summary>
/// <param name="Left">The left edge, in pixels.</param>
/// <param name="Top">The upper edge.</param>
/// <param name="Right">The right edge.</param>
/// <param name="Bottom">The lower edge.</param>
/// <param name="Horizontal">The ticks of the horizontal axis.</param>
/// <param name="Vertical">The ticks of the vertical axis.</param>
internal sealed record SvgArea(double Left, double Top, double Right, double Bottom, Ticks Horizontal, Ticks Vertical)
{
    /// <summary>Finds the horizontal place of a value.</summary>
    /// <param name="value">The value.</param>
    /// <returns>Pixels.</returns>
    internal double X(double value) => Left + ((Right - Left) * Horizontal.Place(value));

    /// <summary>Finds the vertical place of a value.</summary>
    /// <param name="value">The value.</param>
    /// <returns>Pixels.</returns>
    internal double Y(double value) => Bottom - ((Bottom - Top) * Vertical.Place(value));
}
