using Dlrm.Numerics;

namespace Dlrm.Bench.Scaling;

/// <summary>Points that differ in one thing.</summary>
/// <param name="Title">What differs, as a heading.</param>
/// <param name="Axis">What differs, as the name of an axis.</param>
/// <param name="IsLogarithmic">Whether the axis is.</param>
/// <param name="Points">The points.</param>
internal sealed record ScalingSweep(string Title, string Axis, bool IsLogarithmic, IReadOnlyList<ScalingPoint> Points)
{
    /// <summary>The turns whose times count.</summary>
    internal const int Rounds = 41;

    private const int WarmUps = 4;

    /// <summary>Gets the sweep over rows.</summary>
    internal static ScalingSweep OfRows { get; } = new("Rows", "rows", true, [.. Enumerable.Range(4, 6).Select(power => (long)Math.Pow(10, power)).Select(rows => new ScalingPoint { Label = $"{rows:N0}", Value = rows, Rows = rows })]);

    /// <summary>Gets the sweep over TT ranks.</summary>
    internal static ScalingSweep OfRanks { get; } = new("TT rank", "TT rank", true, [.. ((int[])[4, 8, 16, 32, 64, 128]).Select(rank => new ScalingPoint { Label = $"{rank}", Value = rank, BondRank = rank })]);

    /// <summary>Gets the sweep over the number of cores.</summary>
    internal static ScalingSweep OfOrders { get; } = new("Order", "order (cores)", false, [.. Enumerable.Range(2, 4).Select(order => new ScalingPoint { Label = $"{order}", Value = order, Order = order })]);

    /// <summary>Gets the sweep over batch sizes.</summary>
    internal static ScalingSweep OfBatches { get; } = new("Batch", "batch", true, [.. ((int[])[1, 16, 256, 2048, 8192, 65_536]).Select(batch => new ScalingPoint { Label = $"{batch:N0}", Value = batch, Batch = batch })]);

    /// <summary>Gets the sweep over the share of distinct ids.</summary>
    internal static ScalingSweep OfDuplicates { get; } = new("Duplicates", "distinct ids of a batch, %", true, [.. ((int[])[100, 50, 25, 10, 1]).Select(share => new ScalingPoint { Label = $"{share} %", Value = share, DistinctShare = share / 100.0 })]);

    /// <summary>Times the points in turn, round by round, so that noise hits all alike.</summary>
    /// <param name="device">The device.</param>
    /// <returns>One a point.</returns>
    internal IReadOnlyList<ScalingResult> Measure(IDevice device)
    {
        ScalingTable[] tables = [.. Points.Select(point => new ScalingTable(device, point))];
        for (int round = -WarmUps; round < Rounds; round++)
        {
            foreach (ScalingTable table in tables)
            {
                table.Round(round < 0);
            }
        }

        ScalingResult[] results = [.. tables.Select(table => table.Result)];
        Array.ForEach(tables, table => table.Dispose());
        return results;
    }
}
