namespace Dlrm.Numerics;

/// <summary>Owns device memory for a matrix whose number of rows changes from batch to batch; it only ever grows.</summary>
public sealed class GrowingMatrix : IDisposable
{
    private readonly IDevice _device;
    private DeviceBuffer<float> _buffer;

    /// <summary>Initializes a new instance of the <see cref="GrowingMatrix"/> class without rows.</summary>
    /// <param name="device">The device.</param>
    /// <param name="columns">The number of columns.</param>
    public GrowingMatrix(IDevice device, int columns)
    {
        ArgumentNullException.ThrowIfNull(device);
        _device = device;
        _buffer = device.Allocate<float>(0);
        Columns = columns;
        View = new Matrix(_buffer, 0, columns);
    }

    /// <summary>Gets the number of columns.</summary>
    public int Columns { get; }

    /// <summary>Gets the matrix of the last <see cref="Resize"/>.</summary>
    public Matrix View { get; private set; }

    /// <summary>Sets the number of rows; the contents stay, unless the memory has to grow: then they are zeros.</summary>
    /// <param name="rows">The number of rows.</param>
    /// <returns>The matrix.</returns>
    public Matrix Resize(int rows)
    {
        long length = (long)rows * Columns;
        if (_buffer.Length < length)
        {
            long grown = Math.Max(length, _buffer.Length * 3 / 2);
            _buffer.Dispose();
            _buffer = _device.Allocate<float>(grown);
        }

        View = new Matrix(_buffer, rows, Columns);
        return View;
    }

    /// <inheritdoc/>
    public void Dispose() => _buffer.Dispose();
}
