namespace Dlrm.Numerics.Tests.Tables;

/// <summary>Shapes of CP tables.</summary>
public sealed class CpFormat : ITableFormat
{
    private static readonly Dictionary<string, CpShape> Shapes = new()
    {
        ["order 2, CP rank 1"] = new CpShape(5, [5], [7], 1),
        ["order 2, whole vectors"] = new CpShape(40, [40], [16], 32),
        ["order 3, primes"] = new CpShape(62, [7, 9], [11], 13),
        ["order 4, just above vectors"] = new CpShape(120, [6, 5, 4], [17], 33),
        ["order 4, columns in two modes"] = new CpShape(54, [6, 9], [3, 5], 12),
        ["order 5, columns in three modes"] = new CpShape(30, [5, 6], [2, 2, 4], 9),
        ["modes of size 1"] = new CpShape(30, [1, 6, 1, 5], [1, 3, 1], 5),
        ["one column"] = new CpShape(30, [5, 6], [1], 8),
        ["one row"] = new CpShape(1, [1], [9], 3),
        ["a mode of more than 2048"] = new CpShape(10000, [2, 5000], [4], 3),
    };

    public static IEnumerable<string> Names => Shapes.Keys;

    public static TableCase Create(IDevice device, string name) => new CpCase(device, Shapes[name]);

    public static TableCase CreateLarge(IDevice device) => new CpCase(device, new CpShape(1_000_000_000, [1000, 1000, 1000], [64], 8));

    public static TableCase CreateForBatches(IDevice device) => new CpCase(device, new CpShape(120_000, [40, 50, 60], [4, 6], 21));
}
