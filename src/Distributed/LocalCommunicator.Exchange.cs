namespace Dlrm.Distributed;

/// <content>Exchanges with oneself.</content>
public sealed partial class LocalCommunicator
{
    /// <inheritdoc/>
    public void AllToAllCounts(ReadOnlySpan<int> sentCounts, Span<int> receivedCounts)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(sentCounts.Length, 1, nameof(sentCounts));
        ArgumentOutOfRangeException.ThrowIfNotEqual(receivedCounts.Length, 1, nameof(receivedCounts));
        sentCounts.CopyTo(receivedCounts);
    }

    /// <inheritdoc/>
    public void AllToAll(ReadOnlySpan<long> sent, ReadOnlySpan<int> sentCounts, Span<long> received, ReadOnlySpan<int> receivedCounts) =>
        Copy(nameof(AllToAll), sent, sentCounts, received, receivedCounts);

    /// <inheritdoc/>
    public void AllToAll(ReadOnlySpan<float> sent, ReadOnlySpan<int> sentCounts, Span<float> received, ReadOnlySpan<int> receivedCounts) =>
        Copy(nameof(AllToAll), sent, sentCounts, received, receivedCounts);

    /// <inheritdoc/>
    public void AllGather(ReadOnlySpan<float> own, Span<float> all, ReadOnlySpan<int> counts) => Copy(nameof(AllGather), own, counts, all, counts);

    private void Copy<T>(string operation, ReadOnlySpan<T> sent, ReadOnlySpan<int> sentCounts, Span<T> received, ReadOnlySpan<int> receivedCounts)
    {
        ExchangeLengths.Check(this, operation, sent.Length, sentCounts);
        ExchangeLengths.Check(this, operation, received.Length, receivedCounts);
        sent.CopyTo(received);
    }
}
