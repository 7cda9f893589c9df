using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Dlrm.Numerics.Kernels;

/// <summary>Asks for memory that a kernel will soon touch, where the processor can't guess it: rows and nodes that lie far apart.</summary>
internal static unsafe class PrefetchKernels
{
    /// <summary>The rows between the one asked for and the one in work: enough to hide a cache miss behind rows of a few cache lines.</summary>
    internal const int Distance = 12;

    /// <summary>Asks for all cache lines of some numbers, so that they are on their way at once.</summary>
    /// <param name="start">The first number.</param>
    /// <param name="length">How many.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Lines(float* start, int length)
    {
        if (Sse.IsSupported)
        {
            for (int i = 0; i < length; i += 16)
            {
                Sse.Prefetch0(start + i);
            }
        }
    }
}
