using System.Collections.Concurrent;

namespace Dlrm.Distributed;

/// <summary>The communicator of workers that are threads of one process: for tests, and to see what more workers would do.</summary>
/// <remarks>Sums go by rank, upwards: the same bits in every run.</remarks>
public sealed partial class ThreadCommunicator : ICommunicator
{
    private readonly Group _group;
    private long _started;

    private ThreadCommunicator(Group group, int rank)
    {
        _group = group;
        Rank = rank;
    }

    /// <inheritdoc/>
    public int Rank { get; }

    /// <inheritdoc/>
    public int WorldSize => _group.Size;

    /// <summary>Makes the communicators of a job.</summary>
    /// <param name="workers">The number of workers.</param>
    /// <returns>One for each, to be used by a thread of its own.</returns>
    public static IReadOnlyList<ThreadCommunicator> Create(int workers)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(workers, 1);
        Group group = new(workers);
        return [.. Enumerable.Range(0, workers).Select(rank => new ThreadCommunicator(group, rank))];
    }

    /// <inheritdoc/>
    public void AllReduceSum(Span<float> values) => Sum(values, static (sum, more) => sum + more);

    /// <inheritdoc/>
    public void AllReduceSum(Span<double> values) => Sum(values, static (sum, more) => sum + more);

    /// <inheritdoc/>
    public IPendingOperation StartAllReduceSum(Memory<float> values)
    {
        ThreadSum sum = _group.Sums.GetOrAdd(_started, static (_, size) => new ThreadSum(size), WorldSize);
        sum.Give(Rank, values.ToArray());
        return new PendingSum(this, sum, _started++, values);
    }

    /// <inheritdoc/>
    public void AllGather(ReadOnlySpan<byte> own, Span<byte> all, ReadOnlySpan<int> lengths)
    {
        _group.Shared[Rank] = own.ToArray();
        Barrier();
        int start = 0;
        for (int rank = 0; rank < WorldSize; rank++)
        {
            byte[] part = (byte[])_group.Shared[rank]!;
            RequireLength(part.Length, lengths[rank], nameof(AllGather), rank);
            part.CopyTo(all[start..]);
            start += part.Length;
        }

        Barrier();
    }

    /// <inheritdoc/>
    public void Broadcast(Span<byte> values, int root)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(root);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(root, WorldSize);
        if (Rank == root)
        {
            _group.Shared[root] = values.ToArray();
        }

        Barrier();
        RequireLength(((byte[])_group.Shared[root]!).Length, values.Length, nameof(Broadcast), root);
        ((byte[])_group.Shared[root]!).CopyTo(values);
        Barrier();
    }

    /// <inheritdoc/>
    /// <exception cref="CommunicationException">Another worker left: it would be waited for in vain.</exception>
    public void Barrier()
    {
        try
        {
            _group.Barrier.SignalAndWait(_group.Left.Token);
        }
        catch (OperationCanceledException)
        {
            throw Left();
        }
    }

    /// <summary>Leaves the job: workers that wait for this one fail.</summary>
    public void Dispose() => _group.Left.Cancel();

    private CommunicationException Left() => new($"Worker {Rank} waits for the others, but one of the {WorldSize} workers has left.");

    private void Sum<T>(Span<T> values, Func<T, T, T> add)
    {
        _group.Shared[Rank] = values.ToArray();
        Barrier();
        for (int rank = 0; rank < WorldSize; rank++)
        {
            T[] part = (T[])_group.Shared[rank]!;
            RequireLength(part.Length, values.Length, nameof(AllReduceSum), rank);
            for (int i = 0; i < part.Length; i++)
            {
                values[i] = rank == 0 ? part[i] : add(values[i], part[i]);
            }
        }

        Barrier();
    }

    private void RequireLength(int theirs, int ours, string operation, int rank)
    {
        if (theirs != ours)
        {
            throw new CommunicationException($"{operation}: worker {Rank} has {ours} values, but worker {rank} has {theirs}; workers must call the same operations in the same order.");
        }
    }

    private sealed class Group(int size)
    {
        internal int Size { get; } = size;

        internal Barrier Barrier { get; } = new(size);

        internal CancellationTokenSource Left { get; } = new();

        internal object?[] Shared { get; } = new object?[size];

        internal ConcurrentDictionary<long, ThreadSum> Sums { get; } = new();
    }

    private sealed class PendingSum(ThreadCommunicator owner, ThreadSum sum, long number, Memory<float> values) : IPendingOperation
    {
        private bool _hasEnded;

        public bool Test()
        {
            if (!_hasEnded && sum.IsComplete)
            {
                Wait();
            }

            return _hasEnded;
        }

        public void Wait()
        {
            if (_hasEnded)
            {
                return;
            }

            try
            {
                sum.WaitForAll(owner._group.Left.Token);
            }
            catch (OperationCanceledException)
            {
                throw owner.Left();
            }

            for (int rank = 0; rank < owner.WorldSize; rank++)
            {
                owner.RequireLength(sum.PartOf(rank).Length, values.Length, nameof(StartAllReduceSum), rank);
            }

            sum.Take(values.Span);
            _hasEnded = true;
            if (sum.IsTakenByAll && owner._group.Sums.TryRemove(number, out _))
            {
                sum.Dispose();
            }
        }
    }
}
