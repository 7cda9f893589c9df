namespace Dlrm.Reporting;

/// <summary>The charts of a report.</summary>
internal static class ReportCharts
{
    private const string TablePrefix = "tables.";
    private static readonly ChartAxis Steps = new("step", AxisFormat.Number);

    /// <summary>Makes the curves over the steps.</summary>
    /// <param name="runs">The runs; the first is the report's own.</param>
    /// <param name="bestAuc">The best AUC possible, or NaN.</param>
    /// <returns>The charts.</returns>
    internal static IEnumerable<SvgChart> Curves(IReadOnlyList<ReportRun> runs, double bestAuc)
    {
        yield return Curve("Training loss", new ChartAxis("nats per sample"), runs, static run => run.Points(static entry => entry.Loss), ChartMark.Line);
        SvgChart auc = Curve("Validation AUC", new ChartAxis("AUC"), runs, static run => run.ValidationPoints(static metrics => metrics.Auc), ChartMark.LineAndDots);
        long[] steps = [.. runs.SelectMany(static run => run.Records).Select(static entry => entry.Step)];
        if (double.IsFinite(bestAuc) && steps.Length > 0)
        {
            ChartSeries best = new("best possible", [new(steps.Min(), bestAuc), new(steps.Max(), bestAuc)], ChartMark.Line, Color: 7, IsDashed: true);
            auc = auc with { Series = [.. auc.Series, best] };
        }

        yield return auc;
        yield return Curve("Validation log loss", new ChartAxis("nats per sample"), runs, static run => run.ValidationPoints(static metrics => metrics.LogLoss), ChartMark.LineAndDots);
        yield return Curve("Model size", new ChartAxis("stored bytes", AxisFormat.Bytes, IsLogarithmic: true), runs, static run => run.Points(static entry => entry.StoredBytes), ChartMark.Step);
        double fullWeight = runs[0].Records.Select(static entry => entry.KlWeight).Where(double.IsFinite).DefaultIfEmpty(0).Max();
        yield return new SvgChart
        {
            Title = "Schedules",
            X = Steps,
            Y = new ChartAxis("share of the full value", StartsAtZero: true),
            Series =
            [
                new ChartSeries("learning-rate factor", runs[0].Points(static entry => entry.LearningRateFactor)),
                new ChartSeries($"KL weight β, of {SvgText.Tick(fullWeight, AxisFormat.Number, 0)}", runs[0].Points(entry => fullWeight > 0 ? entry.KlWeight / fullWeight : 0), Color: 1),
            ],
        };
        yield return Curve("KL divergence of all tables", new ChartAxis("nats"), runs.Take(1), static run => run.Points(static entry => entry.KlDivergence), ChartMark.Line);
    }

    /// <summary>Makes one small chart of TT ranks for each tensor table.</summary>
    /// <param name="run">The run.</param>
    /// <param name="trueRanks">The true inner TT ranks by table name, where they are known.</param>
    /// <returns>The charts.</returns>
    internal static IEnumerable<SvgChart> Ranks(ReportRun run, IReadOnlyDictionary<string, IReadOnlyList<int>> trueRanks)
    {
        string[] names = [.. run.Records.SelectMany(static entry => entry.Tables).Where(static table => table.Ranks is not null).Select(static table => table.Name).Distinct()];
        foreach (string name in names)
        {
            (long Step, IReadOnlyList<int> Ranks)[] path = [.. from entry in run.Records
                                                               from table in entry.Tables
                                                               where table.Name == name && table.Ranks is not null
                                                               select (entry.Step, table.Ranks)];
            int bonds = path.Max(static point => point.Ranks.Count);
            List<ChartSeries> series = [];
            for (int bond = 0; bond < bonds; bond++)
            {
                int position = bond;
                series.Add(new ChartSeries(string.Empty, [.. path.Select(point => new ChartPoint(point.Step, position < point.Ranks.Count ? point.Ranks[position] : 0))], ChartMark.Step, bond));
            }

            if (trueRanks.TryGetValue(name, out IReadOnlyList<int>? truth) && path.Length > 0)
            {
                series.AddRange(truth.Select((value, bond) => new ChartSeries(string.Empty, [new(path[0].Step, value), new(path[^1].Step, value)], ChartMark.Line, bond, IsDashed: true)));
            }

            yield return new SvgChart
            {
                Title = ShortName(name),
                X = Steps with { Label = string.Empty },
                Y = new ChartAxis(string.Empty, AxisFormat.Integer, StartsAtZero: true),
                Series = series,
                Width = 250,
                Height = 140,
            };
        }
    }

    /// <summary>Makes the bars of bytes by table.</summary>
    /// <param name="tables">The tables at the end.</param>
    /// <returns>The chart.</returns>
    internal static SvgBars Bytes(IReadOnlyList<TableRecord> tables) => new()
    {
        Title = "Bytes by table",
        Before = "dense",
        After = "stored",
        Axis = new ChartAxis("bytes", AxisFormat.Bytes),
        Bars = [.. tables.OrderByDescending(static table => table.DenseBytes).Select(static table => new ChartBar(ShortName(table.Name), table.DenseBytes, table.StoredBytes, Note(table)))],
    };

    /// <summary>Drops the prefix that all tables share.</summary>
    /// <param name="name">The name.</param>
    /// <returns>The rest.</returns>
    internal static string ShortName(string name) => name.StartsWith(TablePrefix, StringComparison.Ordinal) && name.Length > TablePrefix.Length ? name[TablePrefix.Length..] : name;

    /// <summary>Writes how much smaller a table or a model is.</summary>
    /// <param name="before">Bytes before.</param>
    /// <param name="after">Bytes after.</param>
    /// <returns>"34×", "1.2×", or a dash.</returns>
    internal static string Ratio(long before, long after) =>
        before <= 0 || after <= 0 ? "–" : SvgText.Fixed((double)before / after, (double)before / after >= 100 ? 0 : (double)before / after >= 10 ? 1 : 2) + "×";

    private static string Note(TableRecord table) => table.StoredBytes == table.DenseBytes ? SvgText.Bytes(table.StoredBytes)
        : table.StoredBytes == 0 ? $"{SvgText.Bytes(table.DenseBytes)} → 0 B"
        : $"{SvgText.Bytes(table.DenseBytes)} → {SvgText.Bytes(table.StoredBytes)}, {Ratio(table.DenseBytes, table.StoredBytes)}";

    private static SvgChart Curve(string title, ChartAxis axis, IEnumerable<ReportRun> runs, Func<ReportRun, ChartPoint[]> points, ChartMark mark)
    {
        ReportRun[] all = [.. runs];
        return new SvgChart
        {
            Title = title,
            X = Steps,
            Y = axis,
            Series = [.. all.Select((run, position) => new ChartSeries(all.Length > 1 ? run.Name : string.Empty, points(run), mark, position))],
        };
    }
}
