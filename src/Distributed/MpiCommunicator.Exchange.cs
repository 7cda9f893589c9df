namespace Dlrm.Distributed;

/// <content>Exchanges of variable lengths.</content>
public sealed partial class MpiCommunicator
{
    /// <summary>The most numbers that one worker sends or receives in one exchange: counts and places of MPI are 32-bit, and libraries multiply them by the bytes of a number.</summary>
    private const int MostExchanged = 1 << 28;

    /// <inheritdoc/>
    public void AllToAllCounts(ReadOnlySpan<int> sentCounts, Span<int> receivedCounts)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(sentCounts.Length, WorldSize, nameof(sentCounts));
        ArgumentOutOfRangeException.ThrowIfNotEqual(receivedCounts.Length, WorldSize, nameof(receivedCounts));
        _library.AllToAll(sentCounts, receivedCounts);
    }

    /// <inheritdoc/>
    public void AllToAll(ReadOnlySpan<long> sent, ReadOnlySpan<int> sentCounts, Span<long> received, ReadOnlySpan<int> receivedCounts)
    {
        Check(nameof(AllToAll), sent.Length, sentCounts);
        Check(nameof(AllToAll), received.Length, receivedCounts);
        _library.AllToAll(sent, sentCounts, received, receivedCounts);
    }

    /// <inheritdoc/>
    public void AllToAll(ReadOnlySpan<float> sent, ReadOnlySpan<int> sentCounts, Span<float> received, ReadOnlySpan<int> receivedCounts)
    {
        Check(nameof(AllToAll), sent.Length, sentCounts);
        Check(nameof(AllToAll), received.Length, receivedCounts);
        _library.AllToAll(sent, sentCounts, received, receivedCounts);
    }

    /// <inheritdoc/>
    public void AllGather(ReadOnlySpan<float> own, Span<float> all, ReadOnlySpan<int> counts)
    {
        Check(nameof(AllGather), all.Length, counts);
        RequireOwn(own.Length, counts);
        _library.AllGather(own, all, counts);
    }

    private void Check(string operation, int length, ReadOnlySpan<int> counts)
    {
        ExchangeLengths.Check(this, operation, length, counts);
        if (length > MostExchanged)
        {
            throw new CommunicationException($"{operation} on worker {Rank} moves {length} numbers, and one call moves at most {MostExchanged}: make training.batchSize smaller, or start more workers.");
        }
    }

    private void RequireOwn(int length, ReadOnlySpan<int> counts)
    {
        if (length != counts[Rank])
        {
            throw new ArgumentException($"{nameof(AllGather)} on worker {Rank}: there are {length} values, but its count is {counts[Rank]}; they must agree.", nameof(counts));
        }
    }
}
