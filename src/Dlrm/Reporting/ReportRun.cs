namespace Dlrm.Reporting;

/// <summary>The metrics of one run in a report.</summary>
/// <param name="Name">Its name in legends.</param>
/// <param name="Records">Its lines.</param>
internal sealed record ReportRun(string Name, IReadOnlyList<MetricsRecord> Records)
{
    /// <summary>Takes one number of each record against the step.</summary>
    /// <param name="value">The number.</param>
    /// <returns>The points.</returns>
    internal ChartPoint[] Points(Func<MetricsRecord, double> value) => [.. Records.Select(entry => new ChartPoint(entry.Step, value(entry)))];

    /// <summary>Takes one number of each evaluation against the step.</summary>
    /// <param name="value">The number.</param>
    /// <returns>The points.</returns>
    internal ChartPoint[] ValidationPoints(Func<ValidationRecord, double> value) =>
        [.. Records.Where(static entry => entry.Validation is not null).Select(entry => new ChartPoint(entry.Step, value(entry.Validation!)))];
}
