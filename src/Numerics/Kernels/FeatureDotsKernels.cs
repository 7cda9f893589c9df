using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Dlrm.Numerics.Kernels;

/// <summary>Computes the dot products of one feature vector of a sample with all of them.</summary>
internal static class FeatureDotsKernels
{
    /// <summary>Computes <c>output[i] = Σ over c of features[i, c] · features[chosen, c]</c>, 0 for i = chosen.</summary>
    /// <remarks>
    /// Order: eight sums (c mod 8), added pairwise, then the ragged end ascending: the same for every vector width. Compiled once, optimised:
    /// a pruning event calls this too rarely for the run time to find that out (measured 9 times slower as first compiled).
    /// </remarks>
    /// <param name="features">F vectors of D floats.</param>
    /// <param name="dim">D.</param>
    /// <param name="chosen">The vector.</param>
    /// <param name="output">Receives F numbers.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Dots(ReadOnlySpan<float> features, int dim, int chosen, Span<float> output)
    {
        ref float start = ref MemoryMarshal.GetReference(features);
        ref float vector = ref Unsafe.Add(ref start, (nint)chosen * dim);
        for (int i = 0; i < output.Length; i++)
        {
            ref float row = ref Unsafe.Add(ref start, (nint)i * dim);
            Vector256<float> sums = Vector256<float>.Zero;
            int c = 0;
            for (; c + 8 <= dim; c += 8)
            {
                sums += Vector256.LoadUnsafe(ref row, (nuint)c) * Vector256.LoadUnsafe(ref vector, (nuint)c);
            }

            Vector128<float> half = sums.GetLower() + sums.GetUpper();
            float sum = (half[0] + half[1]) + (half[2] + half[3]);
            for (; c < dim; c++)
            {
                sum += Unsafe.Add(ref row, c) * Unsafe.Add(ref vector, c);
            }

            output[i] = i == chosen ? 0 : sum;
        }
    }
}
