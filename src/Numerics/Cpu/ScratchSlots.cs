using System.Diagnostics;

namespace Dlrm.Numerics.Cpu;

/// <summary>Lends scratch memory to the threads that run pieces: as many slots as threads, so that the memory stays in their caches.</summary>
/// <remarks>Which thread gets which slot is left to chance; nothing in a slot outlives the piece that rented it.</remarks>
internal sealed unsafe class ScratchSlots : IDisposable
{
    private const int TakenStride = 32;

    private readonly int[] _taken;
    private CpuBuffer<float> _memory = new(0);
    private long _slotLength;

    /// <summary>Initializes a new instance of the <see cref="ScratchSlots"/> class.</summary>
    /// <param name="threads">The most pieces that run at once.</param>
    internal ScratchSlots(int threads)
    {
        _taken = new int[threads * TakenStride];
    }

    /// <summary>Gets the bytes held.</summary>
    internal long Bytes => _memory.Length * sizeof(float);

    /// <inheritdoc/>
    public void Dispose() => _memory.Dispose();

    /// <summary>Makes every slot at least so long; no slot may be rented.</summary>
    /// <param name="length">The number of floats.</param>
    internal void Grow(long length)
    {
        if (length > _slotLength)
        {
            _slotLength = (length + 15) & ~15L;
            _memory.Dispose();
            _memory = new CpuBuffer<float>(_slotLength * (_taken.Length / TakenStride));
        }
    }

    /// <summary>Takes a free slot.</summary>
    /// <param name="slot">Its number, for <see cref="Return"/>.</param>
    /// <returns>Its memory, aligned to 64 bytes.</returns>
    internal float* Rent(out int slot)
    {
        for (slot = 0; slot < _taken.Length / TakenStride; slot++)
        {
            if (Interlocked.CompareExchange(ref _taken[slot * TakenStride], 1, 0) == 0)
            {
                return _memory.Pointer + (slot * _slotLength);
            }
        }

        throw new UnreachableException($"All {_taken.Length / TakenStride} scratch slots are taken: more pieces run than there are threads.");
    }

    /// <summary>Gives a slot back.</summary>
    /// <param name="slot">Its number.</param>
    internal void Return(int slot) => Volatile.Write(ref _taken[slot * TakenStride], 0);
}
