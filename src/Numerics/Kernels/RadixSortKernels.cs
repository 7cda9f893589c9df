using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Dlrm.Numerics.Kernels;

/// <summary>Sorts positions by key, stably: least significant byte first, only the bytes in which keys differ.</summary>
internal static unsafe class RadixSortKernels
{
    private const int Digits = 256;

    /// <summary>Sorts keys and carries their positions along.</summary>
    /// <remarks>Cost: one reading and, for each byte in which any two keys differ, one counted scattering; no comparison, no allocation.</remarks>
    /// <param name="indices">n keys, not negative.</param>
    /// <param name="keys">Scratch of 2n; the sorted keys end at the returned half.</param>
    /// <param name="positions">Scratch of 2n; the sorted positions end at the returned half.</param>
    /// <returns>Where both results start: 0 or n.</returns>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static int Sort(ReadOnlySpan<long> indices, long* keys, int* positions)
    {
        int n = indices.Length;
        long differing = 0;
        for (int i = 0; i < n; i++)
        {
            Debug.Assert(indices[i] >= 0, "Indices are checked where the batch enters.");
            keys[i] = indices[i];
            positions[i] = i;
            differing |= indices[i] ^ indices[0];
        }

        int* counts = stackalloc int[Digits];
        int source = 0;
        for (int shift = 0; shift < 64; shift += 8)
        {
            if (((differing >> shift) & 0xFF) == 0)
            {
                continue;
            }

            new Span<int>(counts, Digits).Clear();
            for (int i = 0; i < n; i++)
            {
                counts[(byte)(keys[source + i] >> shift)]++;
            }

            int start = n - source;
            for (int digit = 0; digit < Digits; digit++)
            {
                (counts[digit], start) = (start, start + counts[digit]);
            }

            for (int i = source; i < source + n; i++)
            {
                int target = counts[(byte)(keys[i] >> shift)]++;
                keys[target] = keys[i];
                positions[target] = positions[i];
            }

            source = n - source;
        }

        return source;
    }
}
