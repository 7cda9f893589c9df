namespace Dlrm.Numerics.Tests.Tables;

/// <summary>Shapes of Tucker tables.</summary>
public sealed class TuckerFormat : ITableFormat
{
    private static readonly Dictionary<string, TuckerShape> Shapes = new()
    {
        ["order 2, ranks 1"] = new TuckerShape(5, [5], [7], [1, 1]),
        ["order 2, whole vectors"] = new TuckerShape(40, [40], [16], [16, 8]),
        ["order 2, just above vectors"] = new TuckerShape(40, [40], [36], [17, 33]),
        ["order 3, primes"] = new TuckerShape(62, [7, 9], [11], [5, 7, 13]),
        ["order 3, a rank of 33"] = new TuckerShape(40, [5, 8], [17], [3, 33, 9]),
        ["order 4, whole vectors"] = new TuckerShape(120, [6, 5, 4], [17], [4, 5, 3, 16]),
        ["order 4, columns in two modes"] = new TuckerShape(54, [6, 9], [3, 5], [5, 6, 3, 4]),
        ["order 5, columns in three modes"] = new TuckerShape(30, [5, 6], [2, 3, 4], [4, 5, 2, 3, 3]),
        ["modes of size 1"] = new TuckerShape(30, [1, 6, 1, 5], [1, 3, 1], [2, 3, 1, 4, 2, 3, 1]),
        ["one column"] = new TuckerShape(30, [5, 6], [1], [4, 3, 1]),
        ["one row"] = new TuckerShape(1, [1], [9], [3, 4]),
        ["a mode of more than 2048"] = new TuckerShape(10000, [2, 5000], [4], [2, 3, 4]),
    };

    public static IEnumerable<string> Names => Shapes.Keys;

    public static TableCase Create(IDevice device, string name) => new TuckerCase(device, Shapes[name]);

    public static TableCase CreateLarge(IDevice device) => new TuckerCase(device, new TuckerShape(1_000_000_000, [1000, 1000, 1000], [64], [4, 4, 4, 4]));

    public static TableCase CreateForBatches(IDevice device) => new TuckerCase(device, new TuckerShape(120_000, [40, 50, 60], [4, 6], [6, 7, 5, 3, 4]));
}
