using System.Runtime.CompilerServices;

namespace Dlrm.Numerics.Kernels;

/// <summary>Finds the distinct keys of a sorted list, and the bag of each index.</summary>
internal static unsafe class GroupKernels
{
    /// <summary>Splits sorted keys into segments of equal keys.</summary>
    /// <remarks><code>uniqueRows[u] = key of segment u; segments[u] = its start; order[s] = position before sorting; position[order[s]] = u</code></remarks>
    /// <param name="packed">n words key · 2^positionBits + position, ascending.</param>
    /// <param name="positionBits">The bits of a position.</param>
    /// <param name="n">The number of keys.</param>
    /// <param name="uniqueRows">Receives U keys.</param>
    /// <param name="segments">Receives U + 1 starts.</param>
    /// <param name="order">Receives n positions.</param>
    /// <param name="position">Receives n segment numbers.</param>
    /// <returns>U.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static int Split(long* packed, int positionBits, int n, long* uniqueRows, int* segments, int* order, int* position)
    {
        int unique = -1;
        long previous = -1;
        int mask = (1 << positionBits) - 1;
        for (int s = 0; s < n; s++)
        {
            long key = packed[s] >> positionBits;
            int at = (int)packed[s] & mask;
            if (key != previous)
            {
                previous = key;
                unique++;
                uniqueRows[unique] = key;
                segments[unique] = s;
            }

            order[s] = at;
            position[at] = unique;
        }

        segments[unique + 1] = n;
        return unique + 1;
    }

    /// <summary>Groups keys that are too large to share a word with their position; slower.</summary>
    /// <param name="indices">n keys.</param>
    /// <param name="uniqueRows">Receives U keys.</param>
    /// <param name="segments">Receives U + 1 starts.</param>
    /// <param name="order">Receives n positions.</param>
    /// <param name="position">Receives n segment numbers.</param>
    /// <returns>U.</returns>
    internal static int GroupLarge(ReadOnlySpan<long> indices, long* uniqueRows, int* segments, int* order, int* position)
    {
        (long Key, int Position)[] sorted = new (long, int)[indices.Length];
        for (int i = 0; i < sorted.Length; i++)
        {
            sorted[i] = (indices[i], i);
        }

        Array.Sort(sorted);
        int unique = -1;
        for (int s = 0; s < sorted.Length; s++)
        {
            if (s == 0 || sorted[s].Key != sorted[s - 1].Key)
            {
                unique++;
                uniqueRows[unique] = sorted[s].Key;
                segments[unique] = s;
            }

            order[s] = sorted[s].Position;
            position[sorted[s].Position] = unique;
        }

        segments[unique + 1] = sorted.Length;
        return unique + 1;
    }

    /// <summary>Writes the bag of each index: <c>bag[i] = b for offsets[b] ≤ i &lt; offsets[b + 1]</c>.</summary>
    /// <param name="offsets">B + 1 offsets.</param>
    /// <param name="bag">Receives the bags.</param>
    internal static void Bags(ReadOnlySpan<int> offsets, Span<int> bag)
    {
        int i = 0;
        for (int b = 0; b + 1 < offsets.Length; b++)
        {
            for (int end = offsets[b + 1]; i < end; i++)
            {
                bag[i] = b;
            }
        }
    }

    /// <summary>Groups with the library's stable sort: the definition.</summary>
    /// <param name="indices">The indices.</param>
    /// <returns>The distinct rows, their segments, the order and each index's position among the distinct rows.</returns>
    internal static (long[] UniqueRows, int[] Segments, int[] Order, int[] Position) Reference(ReadOnlySpan<long> indices)
    {
        long[] keys = indices.ToArray();
        int[] order = [.. Enumerable.Range(0, keys.Length).OrderBy(i => keys[i]).ThenBy(i => i)];
        long[] uniqueRows = [.. keys.Distinct().Order()];
        int[] segments = [.. uniqueRows.Select(row => keys.Count(key => key < row)), keys.Length];
        int[] position = [.. keys.Select(key => Array.BinarySearch(uniqueRows, key))];
        return (uniqueRows, segments, order, position);
    }
}
