using System.Runtime.InteropServices;

namespace Dlrm.Numerics.Kernels;

/// <summary>Memory that a kernel may use until it returns, one block a thread, that only ever grows.</summary>
/// <remarks>Owned by the thread: freed after the thread has ended. A kernel that holds it must not call another that asks for it.</remarks>
internal sealed unsafe class ThreadScratch
{
    private const nuint Alignment = 64;

    [ThreadStatic]
    private static ThreadScratch? t_block;

    private readonly nuint _bytes;
    private readonly void* _pointer;

    private ThreadScratch(nuint bytes)
    {
        _bytes = bytes;
        _pointer = NativeMemory.AlignedAlloc(bytes, Alignment);
    }

    ~ThreadScratch() => NativeMemory.AlignedFree(_pointer);

    /// <summary>Gets the calling thread's block, with any contents.</summary>
    /// <param name="length">The number of floats.</param>
    /// <returns>Element 0, aligned to 64 bytes.</returns>
    internal static float* Floats(long length)
    {
        nuint bytes = (((nuint)length * sizeof(float)) + Alignment - 1) & ~(Alignment - 1);
        if (t_block is null || t_block._bytes < bytes)
        {
            t_block = new ThreadScratch(Math.Max(bytes, 1 << 16));
        }

        return (float*)t_block._pointer;
    }
}
