namespace Dlrm.Numerics.Cpu;

/// <summary>Runs the operators on the processors of this machine: SIMD kernels and a fixed set of worker threads.</summary>
public sealed partial class CpuDevice : IDevice
{
    private readonly WorkerPool _workers;

    /// <summary>Initializes a new instance of the <see cref="CpuDevice"/> class.</summary>
    /// <param name="threads">The number of threads, the caller's included; at least 1.</param>
    public CpuDevice(int threads)
    {
        _workers = new WorkerPool(threads);
    }

    /// <inheritdoc/>
    public string Description => $"CPU, {_workers.Threads} threads, {VectorBits}-bit vectors";

    private static int VectorBits => System.Runtime.Intrinsics.Vector512.IsHardwareAccelerated ? 512
        : System.Runtime.Intrinsics.Vector256.IsHardwareAccelerated ? 256
        : System.Runtime.Intrinsics.Vector128.IsHardwareAccelerated ? 128 : 0;

    /// <inheritdoc/>
    public DeviceBuffer<T> Allocate<T>(long length)
        where T : unmanaged => new CpuBuffer<T>(length);

    /// <inheritdoc/>
    public unsafe void Copy<T>(DeviceBuffer<T> source, long sourceOffset, DeviceBuffer<T> destination, long destinationOffset, long length)
        where T : unmanaged
    {
        if (sourceOffset < 0 || destinationOffset < 0 || length < 0 || sourceOffset > source.Length - length || destinationOffset > destination.Length - length)
        {
            throw new ArgumentOutOfRangeException(
                nameof(length), $"{length} elements from {sourceOffset} of {source.Length} do not fit at {destinationOffset} of {destination.Length}.");
        }

        Buffer.MemoryCopy(Pointer(source) + sourceOffset, Pointer(destination) + destinationOffset, length * sizeof(T), length * sizeof(T));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _workers.Dispose();
        _packedB.Dispose();
        _partialSums.Dispose();
        _passGates.Dispose();
        _brickWallScratch?.Dispose();
        _sortKeys.Dispose();
    }

    /// <summary>Gets the address of a buffer of this device.</summary>
    private static unsafe T* Pointer<T>(DeviceBuffer<T> buffer)
        where T : unmanaged => ((CpuBuffer<T>)buffer).Pointer;

    /// <summary>Gets the address of element (0, 0) of a matrix.</summary>
    private static unsafe float* Pointer(Matrix matrix) => Pointer(matrix.Buffer) + matrix.Offset;
}
