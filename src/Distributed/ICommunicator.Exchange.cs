namespace Dlrm.Distributed;

/// <content>Collectives whose lengths differ between workers; a length may be 0.</content>
public partial interface ICommunicator
{
    /// <summary>Tells every worker how much this one will send it.</summary>
    /// <remarks><code>receivedCounts of worker r [s] = sentCounts of worker s [r]</code></remarks>
    /// <param name="sentCounts">W counts, one for each worker.</param>
    /// <param name="receivedCounts">Receives W counts, one of each worker.</param>
    void AllToAllCounts(ReadOnlySpan<int> sentCounts, Span<int> receivedCounts);

    /// <summary>Sends every worker its part and receives a part of each.</summary>
    /// <remarks>
    /// <code>
    /// sent     of worker s = part for worker 0, for worker 1, …      sentCounts[r] numbers for worker r
    /// received of worker r = part of worker 0, of worker 1, …        receivedCounts[s] numbers of worker s, as <see cref="AllToAllCounts"/> gives
    /// </code>
    /// </remarks>
    /// <param name="sent">The parts, in order of the workers that they are for.</param>
    /// <param name="sentCounts">W counts.</param>
    /// <param name="received">Receives the parts, in order of the workers that they are of.</param>
    /// <param name="receivedCounts">W counts.</param>
    /// <exception cref="ArgumentException">Counts and lengths don't agree; the message has both.</exception>
    /// <exception cref="CommunicationException">The operation failed, or moves more numbers than one call of MPI can.</exception>
    void AllToAll(ReadOnlySpan<long> sent, ReadOnlySpan<int> sentCounts, Span<long> received, ReadOnlySpan<int> receivedCounts);

    /// <inheritdoc cref="AllToAll(ReadOnlySpan{long}, ReadOnlySpan{int}, Span{long}, ReadOnlySpan{int})"/>
    void AllToAll(ReadOnlySpan<float> sent, ReadOnlySpan<int> sentCounts, Span<float> received, ReadOnlySpan<int> receivedCounts);

    /// <summary>Gives every worker the values of all, in order of the workers.</summary>
    /// <remarks>A worker that doesn't know the counts gets them of <see cref="AllToAllCounts"/>, with its own count for everyone.</remarks>
    /// <param name="own">The values of this worker.</param>
    /// <param name="all">Receives the values of worker 0, of worker 1, ….</param>
    /// <param name="counts">The number of values of each of W workers.</param>
    /// <exception cref="ArgumentException">Counts and lengths don't agree; the message has both.</exception>
    /// <exception cref="CommunicationException">The operation failed, or moves more numbers than one call of MPI can.</exception>
    void AllGather(ReadOnlySpan<float> own, Span<float> all, ReadOnlySpan<int> counts);
}
