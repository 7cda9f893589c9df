namespace Dlrm.Distributed;

/// <summary>Checks that the counts of an exchange agree with its lengths, before a library reads or writes beyond them.</summary>
internal static class ExchangeLengths
{
    /// <summary>Checks the counts of one side.</summary>
    /// <param name="communicator">The workers.</param>
    /// <param name="operation">For the message.</param>
    /// <param name="length">The values that there are, or that there is room for.</param>
    /// <param name="counts">W counts.</param>
    /// <exception cref="ArgumentException">There are not W counts, one is negative, or they don't add up to the length.</exception>
    internal static void Check(ICommunicator communicator, string operation, int length, ReadOnlySpan<int> counts)
    {
        if (counts.Length != communicator.WorldSize)
        {
            throw new ArgumentException($"{operation} on worker {communicator.Rank}: there are {counts.Length} counts for {communicator.WorldSize} workers; give one for each.", nameof(counts));
        }

        long total = 0;
        foreach (int count in counts)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(count, nameof(counts));
            total += count;
        }

        if (total != length)
        {
            throw new ArgumentException($"{operation} on worker {communicator.Rank}: the counts add up to {total}, but the length is {length}; they must agree.", nameof(counts));
        }
    }

    /// <summary>Adds up the counts before each one.</summary>
    /// <param name="counts">W counts.</param>
    /// <returns>W places.</returns>
    internal static int[] Places(ReadOnlySpan<int> counts)
    {
        int[] places = new int[counts.Length];
        for (int worker = 1; worker < places.Length; worker++)
        {
            places[worker] = places[worker - 1] + counts[worker - 1];
        }

        return places;
    }
}
