namespace Dlrm.Numerics.Tests.Tables;

/// <summary>Shapes of tensor-ring tables.</summary>
public sealed class RingFormat : ITableFormat
{
    private static readonly Dictionary<string, RingShape> Shapes = new()
    {
        ["two cores, loop rank 1"] = new RingShape(72, [9, 8], [3, 5], [1, 6, 1]),
        ["two cores, loop rank 2"] = new RingShape(72, [9, 8], [3, 5], [2, 6, 2]),
        ["all ranks 1"] = new RingShape(12, [3, 4], [2, 2], [1, 1, 1]),
        ["three cores, primes"] = new RingShape(690, [7, 9, 11], [3, 4, 5], [3, 13, 12, 3]),
        ["just above vectors, loop rank 4"] = new RingShape(120, [6, 5, 4], [1, 2, 17], [4, 9, 33, 4]),
        ["whole vectors, loop rank 5"] = new RingShape(120, [6, 5, 4], [2, 4, 8], [5, 16, 8, 5]),
        ["one column until the last core"] = new RingShape(60, [3, 4, 5], [1, 1, 16], [5, 4, 9, 5]),
        ["columns apart: a classical ring"] = new RingShape(210, [5, 6, 7, 1], [1, 1, 1, 18], [3, 4, 5, 6, 3]),
        ["columns apart, in two modes"] = new RingShape(30, [5, 6, 1, 1], [1, 1, 3, 4], [2, 5, 3, 4, 2]),
        ["modes of size 1"] = new RingShape(30, [1, 6, 1, 5], [2, 1, 3, 1], [2, 2, 5, 3, 2]),
        ["five cores"] = new RingShape(144, [3, 2, 4, 2, 3], [2, 1, 2, 1, 2], [2, 3, 4, 5, 2, 2]),
        ["a mode of more than 2048"] = new RingShape(10000, [2, 5000], [2, 2], [2, 3, 2]),
    };

    public static IEnumerable<string> Names => Shapes.Keys;

    public static TableCase Create(IDevice device, string name) => new RingCase(device, Shapes[name]);

    public static TableCase CreateLarge(IDevice device) => new RingCase(device, new RingShape(1_000_000_000, [1000, 1000, 1000], [2, 2, 4], [3, 4, 4, 3]));

    public static TableCase CreateForBatches(IDevice device) => new RingCase(device, new RingShape(120_000, [40, 50, 60], [2, 2, 4], [3, 8, 8, 3]));
}
