using System.Text;

namespace Dlrm.Reporting;

/// <summary>The parts that all reports have: head, facts, tiles, keys.</summary>
internal static class ReportPage
{
    /// <summary>Begins a page.</summary>
    /// <param name="page">Receives HTML.</param>
    /// <param name="title">Its title.</param>
    internal static void Begin(StringBuilder page, string title)
    {
        string text = SvgText.Escape(title);
        page.Append($"<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"/><meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"/><title>{text}</title>\n");
        page.Append($"<style>\n{ReportStyle.Page}\n{SvgText.Style}\n</style></head><body><main>\n<h1>{text}</h1>\n");
    }

    /// <summary>Ends a page.</summary>
    /// <param name="page">The page.</param>
    /// <returns>HTML.</returns>
    internal static string End(StringBuilder page) => page.Append("</main></body></html>\n").ToString();

    /// <summary>Writes facts in a row.</summary>
    /// <param name="page">Receives HTML.</param>
    /// <param name="facts">Names and values.</param>
    internal static void Facts(StringBuilder page, IEnumerable<KeyValuePair<string, string>> facts)
    {
        page.Append("<ul class=\"facts\">");
        foreach (KeyValuePair<string, string> fact in facts)
        {
            page.Append($"<li>{SvgText.Escape(fact.Key)} <b>{SvgText.Escape(fact.Value)}</b></li>");
        }

        page.Append("</ul>\n");
    }

    /// <summary>Writes one large number.</summary>
    /// <param name="page">Receives HTML.</param>
    /// <param name="name">What it is.</param>
    /// <param name="value">The number.</param>
    internal static void Tile(StringBuilder page, string name, string value) =>
        page.Append($"<div class=\"card tile\"><span>{name}</span><strong>{SvgText.Escape(value)}</strong></div>");

    /// <summary>Writes which colour is which bond.</summary>
    /// <param name="page">Receives HTML.</param>
    /// <param name="bonds">The number of bonds.</param>
    /// <param name="dashed">What a dashed line is; null: there is none.</param>
    internal static void BondKey(StringBuilder page, int bonds, string? dashed)
    {
        page.Append("<div class=\"key chart\">");
        for (int bond = 0; bond < bonds; bond++)
        {
            page.Append($"<span><svg class=\"k{bond % 8}\" viewBox=\"0 0 22 10\" aria-hidden=\"true\"><path class=\"line\" d=\"M1 5H21\"/></svg>bond {bond}</span>");
        }

        page.Append(dashed is null ? "</div>" : $"<span><svg class=\"k7\" viewBox=\"0 0 22 10\" aria-hidden=\"true\"><path class=\"line dashed\" d=\"M1 5H21\"/></svg>{dashed}</span></div>");
    }
}
