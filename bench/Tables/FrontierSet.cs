using Dlrm.Compression;
using Dlrm.Numerics;

namespace Dlrm.Bench.Tables;

/// <summary>One row of a comparison: the methods and storage types that may be used together.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Methods">The methods of which the best is taken.</param>
/// <param name="Storage">The storage types of which the best pair is taken.</param>
/// <param name="IsOurs">Whether it is a low-rank tensor of ours, and no baseline.</param>
internal sealed record FrontierSet(string Name, IReadOnlyList<CompressionMethod> Methods, IReadOnlyList<StorageType> Storage, bool IsOurs)
{
    private static readonly StorageType[] All = Enum.GetValues<StorageType>();

    /// <summary>Gets what is compared: ours first, each with quantised numbers where that loses least.</summary>
    internal static IReadOnlyList<FrontierSet> Sets { get; } =
    [
        new("TT-SVD", [CompressionMethod.TtSvd], All, IsOurs: true),
        new("TT-SVD, rows ordered", [CompressionMethod.OrderedTtSvd], All, IsOurs: true),
        new("Tucker", [CompressionMethod.Tucker], All, IsOurs: true),
        new("Tucker, rows ordered", [CompressionMethod.OrderedTucker], All, IsOurs: true),
        new("CP", [CompressionMethod.Cp], All, IsOurs: true),
        new("projection, quantised", [CompressionMethod.Projection], All, IsOurs: true),
        new("auto", [], All, IsOurs: true),
        new("rows: float16, int8, int4", [CompressionMethod.Rows], All, IsOurs: false),
        new("projection, float32", [CompressionMethod.Projection], [StorageType.Float32], IsOurs: false),
        new("hash, quantised", [CompressionMethod.Hash], All, IsOurs: false),
        new("quotient-remainder, quantised", [CompressionMethod.QuotientRemainder], All, IsOurs: false),
    ];
}
