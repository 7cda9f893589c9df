namespace Dlrm.Embeddings;

/// <summary>Knows which of a batch's distinct ids go to which worker, and carries their rows there and back; host memory that is reused between batches.</summary>
/// <remarks>
/// <code>
/// Plan      distinct ids u → in order of owner id mod W, ascending within one; counts, then ids to the owners
/// Fetch     owners' rows, one for each received id → rows[u]
/// Return    gradients[u] → owners, one row for each received id: by worker, ascending
/// </code>
/// <para>An id is sent once, however often the batch has it: 8 bytes there, 4·D bytes back, and 4·D bytes there again with the gradient.</para>
/// </remarks>
/// <param name="exchange">The workers.</param>
/// <param name="columns">D.</param>
internal sealed class RowRoutes(IRowExchange exchange, int columns)
{
    private readonly int[] _sentCounts = new int[exchange.Workers];
    private readonly int[] _receivedCounts = new int[exchange.Workers];
    private readonly int[] _sentNumbers = new int[exchange.Workers];
    private readonly int[] _receivedNumbers = new int[exchange.Workers];
    private readonly int[] _next = new int[exchange.Workers];
    private long[] _ids = [];
    private long[] _received = [];
    private int[] _place = [];
    private float[] _ordered = [];
    private int _count;

    /// <summary>Gets the ids that this worker owns and others (or it) asked for, by worker.</summary>
    internal ReadOnlySpan<long> Received => _received.AsSpan(0, ReceivedCount);

    /// <summary>Gets the number of ids received.</summary>
    internal int ReceivedCount { get; private set; }

    /// <summary>Sends distinct ids to their owners.</summary>
    /// <param name="ids">U distinct ids.</param>
    internal void Plan(ReadOnlySpan<long> ids)
    {
        int workers = exchange.Workers;
        _count = ids.Length;
        Grow(ref _ids, _count);
        Grow(ref _place, _count);
        Array.Clear(_sentCounts);
        foreach (long id in ids)
        {
            _sentCounts[id % workers]++;
        }

        int begin = 0;
        for (int worker = 0; worker < workers; worker++)
        {
            _next[worker] = begin;
            begin += _sentCounts[worker];
        }

        for (int u = 0; u < ids.Length; u++)
        {
            int place = _next[ids[u] % workers]++;
            _ids[place] = ids[u];
            _place[u] = place;
        }

        exchange.ExchangeCounts(_sentCounts, _receivedCounts);
        ReceivedCount = 0;
        for (int worker = 0; worker < workers; worker++)
        {
            ReceivedCount = checked(ReceivedCount + _receivedCounts[worker]);
            _sentNumbers[worker] = checked(_sentCounts[worker] * columns);
            _receivedNumbers[worker] = checked(_receivedCounts[worker] * columns);
        }

        Grow(ref _received, ReceivedCount);
        exchange.Exchange(_ids.AsSpan(0, _count), _sentCounts, _received.AsSpan(0, ReceivedCount), _receivedCounts);
    }

    /// <summary>Sends the rows of the received ids back and gets those of the own ids.</summary>
    /// <param name="answers">(received, D).</param>
    /// <param name="rows">Receives (U, D).</param>
    internal void Fetch(ReadOnlySpan<float> answers, Span<float> rows)
    {
        Span<float> ordered = Ordered();
        exchange.Exchange(answers, _receivedNumbers, ordered, _sentNumbers);
        for (int u = 0; u < _count; u++)
        {
            ordered.Slice(_place[u] * columns, columns).CopyTo(rows[(u * columns)..]);
        }
    }

    /// <summary>Sends gradients of the own ids to the owners and gets those of the received ids.</summary>
    /// <param name="gradients">(U, D).</param>
    /// <param name="received">Receives (received, D).</param>
    internal void Return(ReadOnlySpan<float> gradients, Span<float> received)
    {
        Span<float> ordered = Ordered();
        for (int u = 0; u < _count; u++)
        {
            gradients.Slice(u * columns, columns).CopyTo(ordered[(_place[u] * columns)..]);
        }

        exchange.Exchange(ordered, _sentNumbers, received, _receivedNumbers);
    }

    private Span<float> Ordered()
    {
        int length = checked(_count * columns);
        Grow(ref _ordered, length);
        return _ordered.AsSpan(0, length);
    }

    private static void Grow<T>(ref T[] array, int length)
    {
        if (array.Length < length)
        {
            array = new T[Math.Max(length, (int)Math.Min(Array.MaxLength, array.Length * 3L / 2))];
        }
    }
}
