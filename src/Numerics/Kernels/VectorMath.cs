using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Dlrm.Numerics.Kernels;

/// <summary>Elementary functions of eight lanes that stay in registers.</summary>
internal static class VectorMath
{
    /// <summary>The range of arguments; others are moved to its ends.</summary>
    internal const float MaxExponent = 87f;

    /// <summary>Computes <c>eˣ</c> for x in [−87, 87]; NaN stays NaN. Error: at most 2 units in the last place.</summary>
    /// <remarks>
    /// <code>n = round(x / ln 2)      f = x − n·ln 2, ln 2 in two parts      eˣ = 2ⁿ · (1 + f + f²·P(f)), |f| ≤ ½ ln 2</code>
    /// <para>Adding 1.5·2²³ rounds to an integer and leaves it in the lowest bits, from where a shift makes 2ⁿ.
    /// (Vector256.Exp works in double and is not inlined: the posterior step took a quarter longer with it.)</para>
    /// <para>Source: the polynomial is that of Cephes, expf.</para>
    /// </remarks>
    /// <param name="x">x.</param>
    /// <returns>eˣ.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector256<float> Exp(Vector256<float> x)
    {
        // x comes second: where the hardware's comparison is used, the second operand survives when one is NaN.
        x = Vector256.MinNative(Vector256.Create(MaxExponent), Vector256.MaxNative(Vector256.Create(-MaxExponent), x));
        Vector256<float> magic = Vector256.Create(12582912f);
        Vector256<float> t = Vector256.FusedMultiplyAdd(x, Vector256.Create(1.44269504088896341f), magic);
        Vector256<float> n = t - magic;
        Vector256<float> f = Vector256.FusedMultiplyAdd(n, Vector256.Create(-0.693359375f), x);
        f = Vector256.FusedMultiplyAdd(n, Vector256.Create(2.12194440e-4f), f);
        Vector256<float> p = Vector256.Create(1.9875691500E-4f);
        p = Vector256.FusedMultiplyAdd(p, f, Vector256.Create(1.3981999507E-3f));
        p = Vector256.FusedMultiplyAdd(p, f, Vector256.Create(8.3334519073E-3f));
        p = Vector256.FusedMultiplyAdd(p, f, Vector256.Create(4.1665795894E-2f));
        p = Vector256.FusedMultiplyAdd(p, f, Vector256.Create(1.6666665459E-1f));
        p = Vector256.FusedMultiplyAdd(p, f, Vector256.Create(5.0000001201E-1f));
        p = Vector256.FusedMultiplyAdd(p, f * f, f) + Vector256<float>.One;
        return p * ((t.AsInt32() << 23) + Vector256.Create(0x3F800000)).AsSingle();
    }
}
