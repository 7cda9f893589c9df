namespace Dlrm.Distributed;

/// <summary>The communicator of a job with one worker: every collective is the identity.</summary>
public sealed partial class LocalCommunicator : ICommunicator
{
    /// <inheritdoc/>
    public int Rank => 0;

    /// <inheritdoc/>
    public int WorldSize => 1;

    /// <inheritdoc/>
    public void AllReduceSum(Span<float> values)
    {
    }

    /// <inheritdoc/>
    public void AllReduceSum(Span<double> values)
    {
    }

    /// <inheritdoc/>
    public IPendingOperation StartAllReduceSum(Memory<float> values) => CompletedOperation.Instance;

    /// <inheritdoc/>
    public void AllGather(ReadOnlySpan<byte> own, Span<byte> all, ReadOnlySpan<int> lengths) => own.CopyTo(all);

    /// <inheritdoc/>
    public void Broadcast(Span<byte> values, int root) => ArgumentOutOfRangeException.ThrowIfNotEqual(root, 0);

    /// <inheritdoc/>
    public void Barrier()
    {
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
