using Dlrm.Numerics;

namespace Dlrm;

/// <summary>Owns device memory for a matrix whose number of rows changes from batch to batch; it only ever grows.</summary>
internal sealed class GrowingMatrix : IDisposable
{
    private readonly IDevice _device;
    private DeviceBuffer<float> _buffer;

    internal GrowingMatrix(IDevice device, int columns)
    {
        _device = device;
        _buffer = device.Allocate<float>(0);
        Columns = columns;
        View = new Matrix(_buffer, 0, columns);
    }

    /// <summary>Gets the number of columns.</summary>
    internal int Columns { get; }

    /// <summary>Gets the matrix of the last <see cref="Resize"/>.</summary>
    internal Matrix View { get; private set; }

    /// <summary>Sets the number of rows; the contents are undefined afterwards.</summary>
    /// <param name="rows">The number of rows.</param>
    /// <returns>The matrix.</returns>
    internal Matrix Resize(int rows)
    {
        long length = (long)rows * Columns;
        if (_buffer.Length < length)
        {
            _buffer.Dispose();
            _buffer = _device.Allocate<float>(length);
        }

        View = new Matrix(_buffer, rows, Columns);
        return View;
    }

    /// <inheritdoc/>
    public void Dispose() => _buffer.Dispose();
}
