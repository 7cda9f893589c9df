using System.Runtime.InteropServices;

namespace Dlrm.Distributed;

/// <summary>Sums by rank, upwards, whatever algorithm the library behind it would choose: the same bits in every run of as many workers.</summary>
/// <remarks>Every worker collects the values of all and adds them itself: (workers − 1) times the values travel to each, where a sum of the library's needs at most twice them.</remarks>
/// <param name="inner">Collects; owned from now on.</param>
public sealed class OrderedCommunicator(ICommunicator inner) : ICommunicator
{
    /// <summary>The most numbers collected at once, which bounds the memory for them.</summary>
    private const int MostNumbers = 1 << 20;

    private readonly int[] _lengths = new int[inner.WorldSize];
    private byte[] _all = [];

    /// <inheritdoc/>
    public int Rank => inner.Rank;

    /// <inheritdoc/>
    public int WorldSize => inner.WorldSize;

    /// <inheritdoc/>
    public void AllReduceSum(Span<float> values) => Sum(values);

    /// <inheritdoc/>
    public void AllReduceSum(Span<double> values) => Sum(values);

    /// <inheritdoc/>
    /// <remarks>Ends before it returns.</remarks>
    public IPendingOperation StartAllReduceSum(Memory<float> values)
    {
        Sum(values.Span);
        return CompletedOperation.Instance;
    }

    /// <inheritdoc/>
    public void AllGather(ReadOnlySpan<byte> own, Span<byte> all, ReadOnlySpan<int> lengths) => inner.AllGather(own, all, lengths);

    /// <inheritdoc/>
    public void AllToAllCounts(ReadOnlySpan<int> sentCounts, Span<int> receivedCounts) => inner.AllToAllCounts(sentCounts, receivedCounts);

    /// <inheritdoc/>
    public void AllToAll(ReadOnlySpan<long> sent, ReadOnlySpan<int> sentCounts, Span<long> received, ReadOnlySpan<int> receivedCounts) =>
        inner.AllToAll(sent, sentCounts, received, receivedCounts);

    /// <inheritdoc/>
    public void AllToAll(ReadOnlySpan<float> sent, ReadOnlySpan<int> sentCounts, Span<float> received, ReadOnlySpan<int> receivedCounts) =>
        inner.AllToAll(sent, sentCounts, received, receivedCounts);

    /// <inheritdoc/>
    public void AllGather(ReadOnlySpan<float> own, Span<float> all, ReadOnlySpan<int> counts) => inner.AllGather(own, all, counts);

    /// <inheritdoc/>
    public void Broadcast(Span<byte> values, int root) => inner.Broadcast(values, root);

    /// <inheritdoc/>
    public void Barrier() => inner.Barrier();

    /// <inheritdoc/>
    public void Dispose() => inner.Dispose();

    private void Sum<T>(Span<T> values)
        where T : unmanaged, System.Numerics.INumber<T>
    {
        for (int first = 0; first < values.Length && WorldSize > 1; first += MostNumbers)
        {
            Span<T> part = values.Slice(first, Math.Min(MostNumbers, values.Length - first));
            Span<byte> own = MemoryMarshal.AsBytes(part);
            Array.Fill(_lengths, own.Length);
            if (_all.Length < (long)own.Length * WorldSize)
            {
                _all = new byte[checked(own.Length * WorldSize)];
            }

            inner.AllGather(own, _all.AsSpan(0, own.Length * WorldSize), _lengths);
            Span<T> all = MemoryMarshal.Cast<byte, T>(_all.AsSpan(0, own.Length * WorldSize));
            all[..part.Length].CopyTo(part);
            for (int rank = 1; rank < WorldSize; rank++)
            {
                System.Numerics.Tensors.TensorPrimitives.Add<T>(part, all.Slice(rank * part.Length, part.Length), part);
            }
        }
    }
}
