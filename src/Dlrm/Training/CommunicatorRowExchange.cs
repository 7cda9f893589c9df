using System.Runtime.InteropServices;
using Dlrm.Distributed;
using Dlrm.Embeddings;

namespace Dlrm.Training;

/// <summary>Lets tables whose rows are spread over workers talk through the job's communicator.</summary>
/// <param name="communicator">The workers; stays the caller's.</param>
public sealed class CommunicatorRowExchange(ICommunicator communicator) : IRowExchange
{
    /// <inheritdoc/>
    public int Worker => communicator.Rank;

    /// <inheritdoc/>
    public int Workers => communicator.WorldSize;

    /// <inheritdoc/>
    public long SentBytes { get; private set; }

    /// <inheritdoc/>
    public void ExchangeCounts(ReadOnlySpan<int> sent, Span<int> received) => communicator.AllToAllCounts(sent, received);

    /// <inheritdoc/>
    public void Exchange(ReadOnlySpan<long> sent, ReadOnlySpan<int> sentCounts, Span<long> received, ReadOnlySpan<int> receivedCounts)
    {
        SentBytes += (long)(sent.Length - sentCounts[Worker]) * sizeof(long);
        communicator.AllToAll(sent, sentCounts, received, receivedCounts);
    }

    /// <inheritdoc/>
    public void Exchange(ReadOnlySpan<float> sent, ReadOnlySpan<int> sentCounts, Span<float> received, ReadOnlySpan<int> receivedCounts)
    {
        SentBytes += (long)(sent.Length - sentCounts[Worker]) * sizeof(float);
        communicator.AllToAll(sent, sentCounts, received, receivedCounts);
    }

    /// <inheritdoc/>
    public double Sum(double value)
    {
        Span<double> sum = [value];
        communicator.AllReduceSum(sum);
        return sum[0];
    }

    /// <inheritdoc/>
    public void Broadcast(Span<long> values) => communicator.Broadcast(MemoryMarshal.AsBytes(values), root: 0);
}
