namespace Dlrm.Embeddings;

/// <summary>Moves numbers between the workers that share the rows of tables: the seam that the host implements with its communicator.</summary>
/// <remarks>Collectives: every worker calls them in the same order. Parts are in order of the workers that they are for, or of.</remarks>
public interface IRowExchange
{
    /// <summary>Gets this worker's number, from 0.</summary>
    int Worker { get; }

    /// <summary>Gets W, the number of workers.</summary>
    int Workers { get; }

    /// <summary>Gets the bytes of ids and numbers that this worker has sent to other workers; counts of them are left out.</summary>
    long SentBytes { get; }

    /// <summary>Tells every worker how much this one will send it.</summary>
    /// <param name="sent">W counts, one for each worker.</param>
    /// <param name="received">Receives W counts, one of each worker.</param>
    void ExchangeCounts(ReadOnlySpan<int> sent, Span<int> received);

    /// <summary>Sends every worker its ids and receives those that the others send.</summary>
    /// <param name="sent">The parts.</param>
    /// <param name="sentCounts">The ids for each worker.</param>
    /// <param name="received">Receives the parts.</param>
    /// <param name="receivedCounts">The ids of each worker.</param>
    void Exchange(ReadOnlySpan<long> sent, ReadOnlySpan<int> sentCounts, Span<long> received, ReadOnlySpan<int> receivedCounts);

    /// <summary>Sends every worker its numbers and receives those that the others send.</summary>
    /// <param name="sent">The parts.</param>
    /// <param name="sentCounts">The numbers for each worker.</param>
    /// <param name="received">Receives the parts.</param>
    /// <param name="receivedCounts">The numbers of each worker.</param>
    void Exchange(ReadOnlySpan<float> sent, ReadOnlySpan<int> sentCounts, Span<float> received, ReadOnlySpan<int> receivedCounts);

    /// <summary>Adds a number over all workers.</summary>
    /// <param name="value">This worker's number.</param>
    /// <returns>The sum, with the same bits on each worker.</returns>
    double Sum(double value);

    /// <summary>Copies the integers of worker 0 to all.</summary>
    /// <param name="values">The integers.</param>
    void Broadcast(Span<long> values);
}
