using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Dlrm.Numerics.Kernels;

/// <summary>Sums squares in double.</summary>
internal static class SumOfSquaresKernels
{
    /// <summary>Computes <c>Σ values[i]²</c>.</summary>
    /// <remarks>Order: sixteen sums (i mod 16), added pairwise, then the ragged end ascending: the same for every vector width.</remarks>
    /// <param name="values">The values.</param>
    /// <returns>The sum.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static double Sum(ReadOnlySpan<float> values)
    {
        Vector256<double> s0 = Vector256<double>.Zero, s1 = s0, s2 = s0, s3 = s0;
        ref float start = ref MemoryMarshal.GetReference(values);
        int i = 0;
        for (; i + 16 <= values.Length; i += 16)
        {
            (Vector256<double> a, Vector256<double> b) = Vector256.Widen(Vector256.LoadUnsafe(ref start, (nuint)i));
            (Vector256<double> c, Vector256<double> d) = Vector256.Widen(Vector256.LoadUnsafe(ref start, (nuint)i + 8));
            s0 += a * a;
            s1 += b * b;
            s2 += c * c;
            s3 += d * d;
        }

        Vector256<double> pair = (s0 + s1) + (s2 + s3);
        double sum = (pair[0] + pair[1]) + (pair[2] + pair[3]);
        for (; i < values.Length; i++)
        {
            sum += (double)values[i] * values[i];
        }

        return sum;
    }

    /// <summary>Sums one after the other: the definition.</summary>
    /// <param name="values">The values.</param>
    /// <returns>The sum.</returns>
    internal static double Reference(ReadOnlySpan<float> values)
    {
        double sum = 0;
        foreach (float value in values)
        {
            sum += (double)value * value;
        }

        return sum;
    }
}
