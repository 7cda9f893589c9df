namespace Dlrm.Distributed;

/// <content>Exchanges of variable lengths.</content>
public sealed partial class ThreadCommunicator
{
    /// <inheritdoc/>
    public void AllToAllCounts(ReadOnlySpan<int> sentCounts, Span<int> receivedCounts)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(sentCounts.Length, WorldSize, nameof(sentCounts));
        ArgumentOutOfRangeException.ThrowIfNotEqual(receivedCounts.Length, WorldSize, nameof(receivedCounts));
        _group.Shared[Rank] = sentCounts.ToArray();
        Barrier();
        for (int rank = 0; rank < WorldSize; rank++)
        {
            receivedCounts[rank] = ((int[])_group.Shared[rank]!)[Rank];
        }

        Barrier();
    }

    /// <inheritdoc/>
    public void AllToAll(ReadOnlySpan<long> sent, ReadOnlySpan<int> sentCounts, Span<long> received, ReadOnlySpan<int> receivedCounts) =>
        Exchange(sent, sentCounts, received, receivedCounts);

    /// <inheritdoc/>
    public void AllToAll(ReadOnlySpan<float> sent, ReadOnlySpan<int> sentCounts, Span<float> received, ReadOnlySpan<int> receivedCounts) =>
        Exchange(sent, sentCounts, received, receivedCounts);

    /// <inheritdoc/>
    public void AllGather(ReadOnlySpan<float> own, Span<float> all, ReadOnlySpan<int> counts) => Gather(own, all, counts);

    private void Exchange<T>(ReadOnlySpan<T> sent, ReadOnlySpan<int> sentCounts, Span<T> received, ReadOnlySpan<int> receivedCounts)
    {
        ExchangeLengths.Check(this, nameof(AllToAll), sent.Length, sentCounts);
        ExchangeLengths.Check(this, nameof(AllToAll), received.Length, receivedCounts);
        _group.Shared[Rank] = (sent.ToArray(), sentCounts.ToArray(), ExchangeLengths.Places(sentCounts));
        Barrier();
        int place = 0;
        for (int rank = 0; rank < WorldSize; rank++)
        {
            (T[] values, int[] counts, int[] places) = ((T[], int[], int[]))_group.Shared[rank]!;
            RequireLength(counts[Rank], receivedCounts[rank], nameof(AllToAll), rank);
            values.AsSpan(places[Rank], counts[Rank]).CopyTo(received[place..]);
            place += receivedCounts[rank];
        }

        Barrier();
    }

    private void Gather<T>(ReadOnlySpan<T> own, Span<T> all, ReadOnlySpan<int> counts)
    {
        ExchangeLengths.Check(this, nameof(AllGather), all.Length, counts);
        _group.Shared[Rank] = own.ToArray();
        Barrier();
        int place = 0;
        for (int rank = 0; rank < WorldSize; rank++)
        {
            T[] values = (T[])_group.Shared[rank]!;
            RequireLength(values.Length, counts[rank], nameof(AllGather), rank);
            values.CopyTo(all[place..]);
            place += counts[rank];
        }

        Barrier();
    }
}
