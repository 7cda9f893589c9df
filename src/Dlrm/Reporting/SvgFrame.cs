using System.Text;

namespace Dlrm.Reporting;

/// <summary>The start of every chart's svg element.</summary>
internal static class SvgFrame
{
    /// <summary>Begins an svg element with its accessible title.</summary>
    /// <param name="svg">Receives the text.</param>
    /// <param name="title">The title.</param>
    /// <param name="width">The width in pixels.</param>
    /// <param name="height">The height in pixels.</param>
    /// <param name="isStandalone">Whether title, background and colours are drawn.</param>
    internal static void Begin(StringBuilder svg, string title, int width, int height, bool isStandalone)
    {
        string escaped = SvgText.Escape(title);
        svg.Append($"<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"chart\" role=\"img\" aria-label=\"{escaped}\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\"><title>{escaped}</title>");
        if (isStandalone)
        {
            svg.Append($"<style>{SvgText.Style}</style><rect class=\"paper\" width=\"{width}\" height=\"{height}\"/><text class=\"heading\" x=\"12\" y=\"20\">{escaped}</text>");
        }
    }
}
