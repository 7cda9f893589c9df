using System.Text.RegularExpressions;

namespace Dlrm.Compression.Methods;

/// <summary>The catalogue of methods.</summary>
internal static partial class TableMethods
{
    /// <summary>Gets a method's name in reports.</summary>
    /// <param name="method">The method.</param>
    /// <returns>"tt-svd" for TtSvd.</returns>
    internal static string NameOf(CompressionMethod method) => WordStart().Replace(method.ToString(), "-").ToLowerInvariant();

    /// <summary>Looks at a table with a method other than rows.</summary>
    /// <param name="method">The method.</param>
    /// <param name="input">The table.</param>
    /// <returns>The method.</returns>
    internal static ITableMethod Prepare(CompressionMethod method, MethodInput input) => method switch
    {
        CompressionMethod.Projection or CompressionMethod.TtSvd => TtmMethod.Prepare(method, input),
        CompressionMethod.Tucker => TuckerMethod.Prepare(input),
        CompressionMethod.Cp => CpMethod.Prepare(input),
        CompressionMethod.Hash => SharedRowsMethod.Prepare(input),
        CompressionMethod.QuotientRemainder => QuotientRemainderMethod.Prepare(input),
        _ => throw new ArgumentOutOfRangeException(nameof(method), method, "It is no method that decomposes a table."),
    };

    [GeneratedRegex("(?<=[a-z])(?=[A-Z])")]
    private static partial Regex WordStart();
}
