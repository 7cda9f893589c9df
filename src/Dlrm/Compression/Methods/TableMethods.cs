using System.Text.RegularExpressions;

namespace Dlrm.Compression.Methods;

/// <summary>The catalogue of methods.</summary>
internal static partial class TableMethods
{
    /// <summary>Gets a method's name in reports.</summary>
    /// <param name="method">The method.</param>
    /// <returns>"tt-svd" for TtSvd.</returns>
    internal static string NameOf(CompressionMethod method) => WordStart().Replace(method.ToString(), "-").ToLowerInvariant();

    /// <summary>Lists the methods that are quick for a table and that its memory allows: what is tried when none are named.</summary>
    /// <remarks>
    /// <code>
    /// rows                                 always
    /// projection, ttSvd                    always where rank 1 fits into memory: they read a table in blocks of rows
    /// hash                                 up to 2^24 entries
    /// tucker, orderedTtSvd, orderedTucker  up to 2^22 entries
    /// quotientRemainder                    up to 2^20 entries
    /// cp                                   up to 2^19 entries
    /// bayes                                never: minutes a table
    /// </code>
    /// <para>10,728 × 32 entries take one to two seconds each by cp and quotientRemainder, less by the others (one thread of a busy AMD EPYC).</para>
    /// </remarks>
    /// <param name="rows">The table's rows.</param>
    /// <param name="columns">Its columns.</param>
    /// <param name="options">The memory allowed.</param>
    /// <returns>The methods.</returns>
    internal static IEnumerable<CompressionMethod> Automatic(long rows, int columns, CompressionOptions options)
    {
        double entries = (double)rows * columns;
        bool isHeld = 2 * HeldTable.BytesOf(entries) <= options.MemoryBytes;
        return Enum.GetValues<CompressionMethod>().Where(method => method switch
        {
            CompressionMethod.Rows => true,
            CompressionMethod.Projection or CompressionMethod.TtSvd => TtmMethod.Fits(method, rows, columns, options),
            CompressionMethod.Hash => entries <= 1 << 24,
            CompressionMethod.Tucker or CompressionMethod.OrderedTtSvd or CompressionMethod.OrderedTucker => isHeld && entries <= 1 << 22,
            CompressionMethod.QuotientRemainder => isHeld && entries <= 1 << 20,
            CompressionMethod.Cp => isHeld && entries <= 1 << 19,
            _ => false,
        });
    }

    /// <summary>Looks at a table with a method other than rows.</summary>
    /// <param name="method">The method.</param>
    /// <param name="input">The table.</param>
    /// <returns>The method.</returns>
    internal static ITableMethod Prepare(CompressionMethod method, MethodInput input) => method switch
    {
        CompressionMethod.Projection or CompressionMethod.TtSvd => TtmMethod.Prepare(method, input),
        CompressionMethod.Tucker => TuckerMethod.Prepare(input),
        CompressionMethod.OrderedTtSvd => OrderedMethod.Prepare(method, CompressionMethod.TtSvd, input),
        CompressionMethod.OrderedTucker => OrderedMethod.Prepare(method, CompressionMethod.Tucker, input),
        CompressionMethod.Bayes => BayesMethod.Prepare(input),
        CompressionMethod.Cp => CpMethod.Prepare(input),
        CompressionMethod.Hash => SharedRowsMethod.Prepare(input),
        CompressionMethod.QuotientRemainder => QuotientRemainderMethod.Prepare(input),
        _ => throw new ArgumentOutOfRangeException(nameof(method), method, "It is no method that decomposes a table."),
    };

    [GeneratedRegex("(?<=[a-z])(?=[A-Z])")]
    private static partial Regex WordStart();
}
