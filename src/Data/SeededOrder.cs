using Dlrm.Numerics;

namespace Dlrm.Data;

/// <summary>Makes the seeded orders of an epoch.</summary>
internal static class SeededOrder
{
    /// <summary>Fills a permutation of <c>0 .. order.Length</c> by Fisher and Yates' method; a function of the stream alone.</summary>
    /// <param name="order">Receives the permutation.</param>
    /// <param name="stream">The random numbers; draw i is <c>stream.Derive(i).Stream</c>, so the seed must have been derived in.</param>
    internal static void Permute(Span<int> order, RandomStream stream)
    {
        for (int i = 0; i < order.Length; i++)
        {
            // Inside-out: position i takes a random earlier place's value, so the span needs no start values.
            int j = (int)Math.BigMul(stream.Derive((ulong)i).Stream, (ulong)i + 1, out _);
            order[i] = order[j];
            order[j] = i;
        }
    }

    /// <summary>Fills the identity.</summary>
    /// <param name="order">Receives 0, 1, 2, ….</param>
    internal static void Keep(Span<int> order)
    {
        for (int i = 0; i < order.Length; i++)
        {
            order[i] = i;
        }
    }
}
