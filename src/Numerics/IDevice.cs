namespace Dlrm.Numerics;

/// <summary>Runs batch-wide operators on the memory of one device; the seam that a GPU implements without changing a layer.</summary>
/// <remarks>
/// <para>The interface is one partial file per family: memory here, then IDevice.Dense.cs, .Images.cs, .Bags.cs, .Ttm.cs, .Cp.cs, .Tucker.cs, .Ring.cs, .Optimizers.cs and .Posterior.cs.</para>
/// <para>Same input, same bits, for every number of threads of one device. Across devices and vector widths the promise is an error bound.</para>
/// <para>Shapes are checked by the layers when they are built; operators only assert.</para>
/// </remarks>
public partial interface IDevice : IDisposable
{
    /// <summary>Gets one line that names the device and what it uses, for reports: "CPU, 2 threads, AVX-512, OpenBLAS".</summary>
    string Description { get; }

    /// <summary>Allocates memory, filled with zeros.</summary>
    /// <typeparam name="T">float, double, int or long.</typeparam>
    /// <param name="length">The number of elements.</param>
    /// <returns>The buffer; the caller disposes it.</returns>
    DeviceBuffer<T> Allocate<T>(long length)
        where T : unmanaged;

    /// <summary>Copies a range between two buffers of this device.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="source">The source.</param>
    /// <param name="sourceOffset">Its first element.</param>
    /// <param name="destination">The destination.</param>
    /// <param name="destinationOffset">Its first element.</param>
    /// <param name="length">The number of elements.</param>
    void Copy<T>(DeviceBuffer<T> source, long sourceOffset, DeviceBuffer<T> destination, long destinationOffset, long length)
        where T : unmanaged;
}
