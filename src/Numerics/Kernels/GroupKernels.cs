using System.Runtime.CompilerServices;

namespace Dlrm.Numerics.Kernels;

/// <summary>Finds the distinct keys of a sorted list, and the bag of each index.</summary>
internal static unsafe class GroupKernels
{
    /// <summary>Splits sorted keys into segments of equal keys.</summary>
    /// <remarks><code>uniqueRows[u] = key of segment u; segments[u] = its start; position[order[s]] = u</code></remarks>
    /// <param name="keys">n keys, ascending.</param>
    /// <param name="order">The position of each key before it was sorted.</param>
    /// <param name="n">The number of keys.</param>
    /// <param name="uniqueRows">Receives U keys.</param>
    /// <param name="segments">Receives U + 1 starts.</param>
    /// <param name="position">Receives n segment numbers.</param>
    /// <returns>U.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static int Split(long* keys, int* order, int n, long* uniqueRows, int* segments, int* position)
    {
        int unique = 0;
        long previous = -1;
        for (int s = 0; s < n; s++)
        {
            if (keys[s] != previous)
            {
                previous = keys[s];
                uniqueRows[unique] = previous;
                segments[unique] = s;
                unique++;
            }

            position[order[s]] = unique - 1;
        }

        segments[unique] = n;
        return unique;
    }

    /// <summary>Writes the bag of each index: <c>bag[i] = b for offsets[b] ≤ i &lt; offsets[b + 1]</c>.</summary>
    /// <param name="offsets">B + 1 offsets.</param>
    /// <param name="bag">Receives the bags.</param>
    internal static void Bags(ReadOnlySpan<int> offsets, Span<int> bag)
    {
        for (int b = 0; b + 1 < offsets.Length; b++)
        {
            bag[offsets[b]..offsets[b + 1]].Fill(b);
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
