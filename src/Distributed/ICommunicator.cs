namespace Dlrm.Distributed;

/// <summary>Lets the workers of one job talk: collectives that every worker calls in the same order.</summary>
public partial interface ICommunicator : IDisposable
{
    /// <summary>Gets this worker's number, from 0.</summary>
    int Rank { get; }

    /// <summary>Gets the number of workers.</summary>
    int WorldSize { get; }

    /// <summary>Replaces values by their sum over all workers, the same bits on each.</summary>
    /// <param name="values">The values.</param>
    void AllReduceSum(Span<float> values);

    /// <summary>Replaces values by their sum over all workers, the same bits on each.</summary>
    /// <param name="values">The values.</param>
    void AllReduceSum(Span<double> values);

    /// <summary>Starts what <see cref="AllReduceSum(Span{float})"/> does; the values are the sum once the operation has been waited for.</summary>
    /// <remarks>Several may be under way; every worker starts them in the same order.</remarks>
    /// <param name="values">The values; neither read nor written before the operation has ended. Pinned memory spares a pin for each call.</param>
    /// <returns>The operation; the caller waits for it.</returns>
    IPendingOperation StartAllReduceSum(Memory<float> values);

    /// <summary>Collects the bytes of all workers, of any lengths, on each of them.</summary>
    /// <param name="own">The bytes of this worker, <c>lengths[Rank]</c> of them.</param>
    /// <param name="all">Receives those of worker 0, then of worker 1, and so on.</param>
    /// <param name="lengths">The bytes of each worker; every worker knows them.</param>
    void AllGather(ReadOnlySpan<byte> own, Span<byte> all, ReadOnlySpan<int> lengths);

    /// <summary>Copies the values of one worker to all.</summary>
    /// <param name="values">The values.</param>
    /// <param name="root">The worker that has them.</param>
    void Broadcast(Span<byte> values, int root);

    /// <summary>Returns when every worker has called it.</summary>
    void Barrier();
}
