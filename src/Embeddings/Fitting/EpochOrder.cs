using Dlrm.Numerics;

namespace Dlrm.Embeddings;

/// <summary>Gives positions 0..count in a new seeded order each epoch (Fisher-Yates on the counter-based generator).</summary>
internal sealed class EpochOrder
{
    private readonly int[] _order;
    private readonly ulong _seed;
    private int _next;
    private ulong _epoch;

    internal EpochOrder(int count, ulong seed)
    {
        _order = [.. Enumerable.Range(0, count)];
        _seed = seed;
        Shuffle();
    }

    /// <summary>Gets the next position.</summary>
    /// <returns>The position.</returns>
    internal int Next()
    {
        if (_next == _order.Length)
        {
            _epoch++;
            Shuffle();
        }

        return _order[_next++];
    }

    private void Shuffle()
    {
        // Derive mixes streams, not seeds: the seed is a part of the stream here, because only Stream is read below.
        RandomStream stream = new RandomStream(0, 1).Derive(_seed).Derive(_epoch);
        for (int i = _order.Length - 1; i > 0; i--)
        {
            ulong draw = stream.Derive((ulong)i).Stream;
            int j = (int)Math.BigMul(draw, (ulong)(i + 1), out _);
            (_order[i], _order[j]) = (_order[j], _order[i]);
        }

        _next = 0;
    }
}
