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

    /// <summary>Copies the values of one worker to all.</summary>
    /// <param name="values">The values.</param>
    /// <param name="root">The worker that has them.</param>
    void Broadcast(Span<byte> values, int root);

    /// <summary>Returns when every worker has called it.</summary>
    void Barrier();
}
