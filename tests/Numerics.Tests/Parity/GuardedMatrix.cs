namespace Dlrm.Numerics.Tests.Parity;

/// <summary>A matrix on a device inside a sea of NaN: a write outside is seen, and a read outside spoils the result.</summary>
internal sealed class GuardedMatrix : IDisposable
{
    private const int Guard = 35;

    private readonly DeviceBuffer<float> _buffer;

    internal GuardedMatrix(IDevice device, float[,] values, int gap = 3)
    {
        (int rows, int columns) = (values.GetLength(0), values.GetLength(1));
        int stride = Math.Max(columns + gap, 1);
        float[] memory = new float[(2 * Guard) + (rows * stride)];
        Array.Fill(memory, float.NaN);
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
            {
                memory[Guard + (i * stride) + j] = values[i, j];
            }
        }

        _buffer = device.Allocate<float>(memory.Length);
        _buffer.CopyFrom(memory);
        View = new Matrix(_buffer, rows, columns, stride, Guard);
    }

    internal Matrix View { get; }

    public void Dispose() => _buffer.Dispose();

    /// <summary>Reads the matrix and checks that everything around it is untouched.</summary>
    internal float[,] Read()
    {
        float[] memory = _buffer.ToArray();
        float[,] values = new float[View.Rows, View.Columns];
        for (int at = 0; at < memory.Length; at++)
        {
            int row = Math.DivRem(at - Guard, View.Stride, out int column);
            if (at >= Guard && row < View.Rows && column < View.Columns)
            {
                values[row, column] = memory[at];
            }
            else
            {
                Assert.True(float.IsNaN(memory[at]), $"Element {at} outside of {View.Rows} × {View.Columns} was overwritten with {memory[at]}.");
            }
        }

        return values;
    }
}
