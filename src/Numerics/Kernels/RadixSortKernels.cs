using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Dlrm.Numerics.Kernels;

/// <summary>Sorts keys with their positions, stably: least significant digit first, only the digits in which keys differ.</summary>
/// <remarks>
/// <code>packed = key · 2^positionBits + position      one word moves instead of two; ascending words are ascending keys, equal keys in order of position</code>
/// </remarks>
internal static unsafe class RadixSortKernels
{
    private const int MostDigitBits = 12;

    /// <summary>Gets the bits that positions need.</summary>
    /// <param name="n">The number of keys.</param>
    /// <returns>The bits.</returns>
    internal static int PositionBits(int n) => BitOperations.Log2((uint)Math.Max(n - 1, 1)) + 1;

    /// <summary>Sorts keys and carries their positions along.</summary>
    /// <remarks>Cost: one reading and, for each digit in which any two keys differ, one counted scattering; no comparison, no allocation.</remarks>
    /// <param name="indices">n keys, not negative.</param>
    /// <param name="packed">Scratch of 2n; the sorted words end at the returned half.</param>
    /// <returns>Where the result starts: 0 or n; −1 when a key and its position do not fit into a word.</returns>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static int Sort(ReadOnlySpan<long> indices, long* packed)
    {
        int n = indices.Length;
        int positionBits = PositionBits(n);
        long differing = 0;
        long all = 0;
        for (int i = 0; i < n; i++)
        {
            Debug.Assert(indices[i] >= 0, "Indices are checked where the batch enters.");
            packed[i] = (indices[i] << positionBits) | (uint)i;
            differing |= indices[i] ^ indices[0];
            all |= indices[i];
        }

        if (all >> (63 - positionBits) != 0)
        {
            return -1;
        }

        // More keys pay for clearing more counters.
        int digitBits = n >= 4096 ? MostDigitBits : 8;
        int digits = 1 << digitBits;
        int* counts = stackalloc int[1 << MostDigitBits];
        int source = 0;
        for (int shift = 0; shift < 63 - positionBits; shift += digitBits)
        {
            if (((differing >> shift) & (digits - 1)) == 0)
            {
                continue;
            }

            new Span<int>(counts, digits).Clear();
            int down = shift + positionBits;
            long mask = digits - 1;
            for (int i = source; i < source + n; i++)
            {
                counts[(packed[i] >> down) & mask]++;
            }

            int start = n - source;
            for (int digit = 0; digit < digits; digit++)
            {
                (counts[digit], start) = (start, start + counts[digit]);
            }

            for (int i = source; i < source + n; i++)
            {
                long word = packed[i];
                packed[counts[(word >> down) & mask]++] = word;
            }

            source = n - source;
        }

        return source;
    }
}
