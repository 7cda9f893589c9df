using Dlrm.Reporting;

namespace Dlrm.CommandLine.Experiments;

/// <summary>Draws test AUC over bytes of the whole model.</summary>
internal static class ExperimentChart
{
    /// <summary>The colours that a chart has; later series are dashed.</summary>
    private const int Colors = 8;

    /// <summary>Makes the chart.</summary>
    /// <remarks>A variant without a series is a dot with its label. Variants of one series have one colour and one entry in the legend; without short labels they are joined by a line.</remarks>
    /// <param name="title">The title.</param>
    /// <param name="summaries">One a variant.</param>
    /// <returns>The chart.</returns>
    internal static SvgChart Make(string title, IReadOnlyList<VariantSummary> summaries) => new()
    {
        Title = title,
        X = new ChartAxis("whole model", AxisFormat.Bytes, IsLogarithmic: true),
        Y = new ChartAxis("test AUC"),
        Width = 720,
        Height = summaries.Count > 10 ? 560 : 420,
        Series = [.. summaries.GroupBy(summary => summary.Variant is { Series.Length: > 0 } variant ? variant.Series : "\n" + summary.Variant.Name).Select(Series)],
    };

    private static ChartSeries Series(IEnumerable<VariantSummary> group, int position)
    {
        VariantSummary[] members = [.. group.OrderBy(summary => summary.ModelBytes)];
        bool isAlone = members[0].Variant.Series.Length == 0;
        bool isLine = !isAlone && members.All(summary => summary.Variant.ShortLabel.Length == 0);
        return new ChartSeries(
            members[0].Variant.Series,
            [.. members.Select(summary => new ChartPoint(summary.ModelBytes, summary.Auc.Mean, isAlone ? summary.Variant.Label : isLine ? null : summary.Variant.ShortLabel, summary.Auc.Deviation))],
            isLine ? ChartMark.LineAndDots : ChartMark.Dots,
            position,
            isLine && position >= Colors);
    }
}
