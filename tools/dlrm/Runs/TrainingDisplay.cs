using System.Globalization;
using Dlrm.CommandLine.Hosting;
using Dlrm.Training;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Dlrm.CommandLine.Runs;

/// <summary>Shows how training goes: a table that is redrawn on a terminal, one line now and then elsewhere.</summary>
/// <param name="terminal">Where.</param>
/// <param name="name">The name of the run.</param>
/// <param name="time">The clock.</param>
internal sealed class TrainingDisplay(Terminal terminal, string name, TimeProvider time)
{
    private const int MostTables = 6;

    private static readonly TimeSpan BetweenLines = TimeSpan.FromSeconds(3);
    private long _lastLine;
    private MetricsSummary? _validation;

    /// <summary>Runs something that reports.</summary>
    /// <typeparam name="T">What it gives.</typeparam>
    /// <param name="action">Is given where to report.</param>
    /// <returns>What it gave.</returns>
    internal T Show<T>(Func<Action<TrainingReport>, T> action) =>
        terminal.IsInteractive
            ? terminal.Progress.Live(new Text($"{name}: starting ...")).AutoClear(true).Start(live => action(report =>
            {
                Remember(report);
                live.UpdateTarget(Picture(report));
                live.Refresh();
            }))
            : action(Line);

    private static string Percent(TrainingReport report) =>
        (100d * report.Step / Math.Max(1, report.PlannedSteps)).ToString("F0", CultureInfo.InvariantCulture);

    private static string Ranks(TrainingReport report)
    {
        string[] tables = [.. report.Tables.Where(table => table.Ranks is not null).Select(table => table.Name.Replace("tables.", string.Empty, StringComparison.Ordinal) + Format.Ranks(table.Ranks))];
        return string.Join(" ", tables.Take(MostTables)) + (tables.Length > MostTables ? $" and {tables.Length - MostTables} more" : string.Empty);
    }

    private void Remember(TrainingReport report)
    {
        if (report.Validation is not null)
        {
            _validation = MetricsSummary.Of(report.Validation);
        }
    }

    private void Line(TrainingReport report)
    {
        Remember(report);
        if (_lastLine != 0 && report.Validation is null && time.GetElapsedTime(_lastLine) < BetweenLines)
        {
            return;
        }

        _lastLine = time.GetTimestamp();
        string ranks = Ranks(report);
        terminal.Note(
            $"{name}: step {Format.Count(report.Step)}/{Format.Count(report.PlannedSteps)} ({Percent(report)} %)  {Format.Count((long)report.SamplesPerSecond)} rows/s  "
            + $"loss {Format.Metric(report.Loss)}  AUC {Format.Metric(report.Auc)}"
            + (report.Validation is null ? string.Empty : $"  validation AUC {Format.Metric(report.Validation.Auc)}")
            + $"  {Format.Bytes(report.StoredBytes)}" + (ranks.Length > 0 ? $"  ranks {ranks}" : string.Empty) + $"  left {Format.Time(report.TimeLeft)}");
    }

    private Rows Picture(TrainingReport report)
    {
        BreakdownChart bar = new BreakdownChart().HideTags().Width(60)
            .AddItem("done", report.Step, Color.Green).AddItem("left", Math.Max(0, report.PlannedSteps - report.Step), Color.Grey23);
        Grid grid = new Grid().AddColumn().AddColumn();
        Add(grid, "step", $"{Format.Count(report.Step)} of {Format.Count(report.PlannedSteps)} ({Percent(report)} %), epoch {report.Epoch + 1}");
        Add(grid, "speed", $"{Format.Count((long)report.SamplesPerSecond)} rows/s, {Format.Share(report.DataWaitShare)} waiting for data, {Format.Share(report.RankShare)} on ranks");
        if (report.Workers > 1)
        {
            Add(grid, "workers", $"{report.Workers}, {Format.Bytes((long)report.ExchangeBytesPerStep)} of gradients and rows from each in a step, {Format.Share(report.ExchangeShare)} of the time");
        }

        Add(grid, "loss, AUC so far", $"{Format.Metric(report.Loss)} nats, {Format.Metric(report.Auc)}");
        if (_validation is not null)
        {
            Add(grid, "validation", $"{Format.Metric(_validation.LogLoss)} nats, {Format.Metric(_validation.Auc)}");
        }

        Add(grid, "model", Format.Bytes(report.StoredBytes));
        string ranks = Ranks(report);
        if (ranks.Length > 0)
        {
            Add(grid, "TT ranks", ranks);
        }

        Add(grid, "time", $"{Format.Time(report.Elapsed)}, {Format.Time(report.TimeLeft)} left");
        return new Rows(new IRenderable[] { new Markup($"[bold]{Markup.Escape(name)}[/]"), bar, grid });
    }

    private static void Add(Grid grid, string label, string value) => grid.AddRow(new Text(label, new Style(Color.Grey)), new Text(value));
}
