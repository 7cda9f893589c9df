namespace Dlrm.Distributed.Interop;

/// <content>Exchanges of variable lengths; counts and lengths are checked by the caller.</content>
internal sealed unsafe partial class MpiLibrary
{
    private delegate* unmanaged<void*, int, nint, void*, int, nint, nint, int> _allToAll;
    private delegate* unmanaged<void*, int*, int*, nint, void*, int*, int*, nint, nint, int> _allToAllV;
    private delegate* unmanaged<void*, int, nint, void*, int*, int*, nint, nint, int> _allGatherV;

    /// <summary>Sends one number to each process and receives one of each.</summary>
    /// <param name="sent">One number for each process.</param>
    /// <param name="received">Receives one number of each process.</param>
    internal void AllToAll(ReadOnlySpan<int> sent, Span<int> received)
    {
        if (_allToAll == null)
        {
            _allToAll = (delegate* unmanaged<void*, int, nint, void*, int, nint, nint, int>)Find("MPI_Alltoall");
        }

        fixed (int* source = sent, destination = received)
        {
            Check(_allToAll(source, 1, Abi.Int32, destination, 1, Abi.Int32, Abi.World), "MPI_Alltoall");
        }
    }

    /// <summary>Sends each process its part and receives a part of each.</summary>
    /// <param name="sent">The parts.</param>
    /// <param name="sentCounts">The numbers for each process.</param>
    /// <param name="received">Receives the parts.</param>
    /// <param name="receivedCounts">The numbers of each process.</param>
    internal void AllToAll(ReadOnlySpan<long> sent, ReadOnlySpan<int> sentCounts, Span<long> received, ReadOnlySpan<int> receivedCounts)
    {
        fixed (long* source = sent, destination = received)
        {
            AllToAll(source, sentCounts, destination, receivedCounts, Abi.Int64);
        }
    }

    /// <inheritdoc cref="AllToAll(ReadOnlySpan{long}, ReadOnlySpan{int}, Span{long}, ReadOnlySpan{int})"/>
    internal void AllToAll(ReadOnlySpan<float> sent, ReadOnlySpan<int> sentCounts, Span<float> received, ReadOnlySpan<int> receivedCounts)
    {
        fixed (float* source = sent, destination = received)
        {
            AllToAll(source, sentCounts, destination, receivedCounts, Abi.Float);
        }
    }

    /// <summary>Gives each process the values of all.</summary>
    /// <param name="own">The values of this process.</param>
    /// <param name="all">Receives the values of all.</param>
    /// <param name="counts">The values of each process.</param>
    internal void AllGather(ReadOnlySpan<float> own, Span<float> all, ReadOnlySpan<int> counts)
    {
        fixed (float* source = own, destination = all)
        {
            AllGather(source, own.Length, destination, counts, Abi.Float);
        }
    }

    private void AllToAll(void* sent, ReadOnlySpan<int> sentCounts, void* received, ReadOnlySpan<int> receivedCounts, nint type)
    {
        if (_allToAllV == null)
        {
            _allToAllV = (delegate* unmanaged<void*, int*, int*, nint, void*, int*, int*, nint, nint, int>)Find("MPI_Alltoallv");
        }

        fixed (int* toSend = sentCounts, toReceive = receivedCounts, from = ExchangeLengths.Places(sentCounts), to = ExchangeLengths.Places(receivedCounts))
        {
            Check(_allToAllV(sent, toSend, from, type, received, toReceive, to, type, Abi.World), "MPI_Alltoallv");
        }
    }

    private void AllGather(void* own, int count, void* all, ReadOnlySpan<int> counts, nint type)
    {
        if (_allGatherV == null)
        {
            _allGatherV = (delegate* unmanaged<void*, int, nint, void*, int*, int*, nint, nint, int>)Find("MPI_Allgatherv");
        }

        fixed (int* toReceive = counts, to = ExchangeLengths.Places(counts))
        {
            Check(_allGatherV(own, count, type, all, toReceive, to, type, Abi.World), "MPI_Allgatherv");
        }
    }
}
