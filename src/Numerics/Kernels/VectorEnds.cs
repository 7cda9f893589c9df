using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Dlrm.Numerics.Kernels;

/// <summary>Loads and stores the last, incomplete vector of an array without touching what lies behind it.</summary>
internal static unsafe class VectorEnds
{
    private static ReadOnlySpan<int> Masks => [-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0];

    /// <summary>Loads the first lanes; the others are zero.</summary>
    /// <param name="source">The elements.</param>
    /// <param name="count">How many, in [0, 8].</param>
    /// <returns>The vector.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector256<float> Load(float* source, int count) => count >= 8 ? Vector256.Load(source)
        : Avx.IsSupported ? Avx.MaskLoad(source, Mask(count))
        : LoadPart(source, count);

    /// <summary>Stores the first lanes.</summary>
    /// <param name="vector">The vector.</param>
    /// <param name="destination">Receives the elements.</param>
    /// <param name="count">How many, in [0, 8].</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Store(Vector256<float> vector, float* destination, int count)
    {
        if (count >= 8)
        {
            vector.Store(destination);
        }
        else if (Avx.IsSupported)
        {
            Avx.MaskStore(destination, Mask(count), vector);
        }
        else
        {
            StorePart(vector, destination, count);
        }
    }

    /// <summary>Gets a vector whose first lanes are all ones.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Mask(int count) => Vector256.LoadUnsafe(ref MemoryMarshal.GetReference(Masks), (nuint)(8 - count)).AsSingle();

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Vector256<float> LoadPart(float* source, int count)
    {
        Debug.Assert(count >= 0, "A vector has no negative lanes.");
        float* lanes = stackalloc float[8];
        for (int i = 0; i < 8; i++)
        {
            lanes[i] = i < count ? source[i] : 0f;
        }

        return Vector256.Load(lanes);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void StorePart(Vector256<float> vector, float* destination, int count)
    {
        float* lanes = stackalloc float[8];
        vector.Store(lanes);
        for (int i = 0; i < count; i++)
        {
            destination[i] = lanes[i];
        }
    }
}
