using Dlrm.Numerics;

namespace Dlrm.Embeddings;

/// <summary>Scratch rows whose memory only ever grows.</summary>
internal sealed class GrowingMatrix : IDisposable
{
    private readonly IDevice _device;
    private readonly int _columns;
    private DeviceBuffer<float> _buffer;

    internal GrowingMatrix(IDevice device, int columns)
    {
        _device = device;
        _columns = columns;
        _buffer = device.Allocate<float>(0);
    }

    /// <inheritdoc/>
    public void Dispose() => _buffer.Dispose();

    /// <summary>Views the first rows; the contents are those of the last use, unless the memory grew.</summary>
    /// <param name="count">The number of rows.</param>
    /// <returns>The view.</returns>
    internal Matrix Rows(int count)
    {
        long length = (long)count * _columns;
        if (_buffer.Length < length)
        {
            long grown = Math.Max(length, _buffer.Length * 3 / 2);
            _buffer.Dispose();
            _buffer = _device.Allocate<float>(grown);
        }

        return new Matrix(_buffer, count, _columns);
    }
}
