namespace Dlrm.Compression.Methods;

/// <summary>The numbers of stored rows that are tried when ids share rows.</summary>
internal static class StoredRows
{
    private const double Step = 1.1892071150027210667; // 2^(1/4)

    /// <summary>Lists numbers in geometric steps of 2^¼, so that a budget is used to four fifths at least.</summary>
    /// <param name="first">The first.</param>
    /// <param name="last">The largest allowed.</param>
    /// <returns>Rising numbers.</returns>
    internal static IEnumerable<int> Steps(long first, long last)
    {
        long previous = 0;
        for (double value = first; value <= Math.Min(last, int.MaxValue); value *= Step)
        {
            if ((long)value > previous)
            {
                previous = (long)value;
                yield return (int)previous;
            }
        }
    }
}
