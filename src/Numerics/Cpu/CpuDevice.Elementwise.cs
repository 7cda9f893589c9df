using System.Diagnostics;
using System.Numerics.Tensors;

namespace Dlrm.Numerics.Cpu;

/// <content>Elementwise operators on matrices: memory-bound, on the caller's thread.</content>
public sealed partial class CpuDevice
{
    /// <inheritdoc/>
    public void FillElements(Matrix destination, float value)
    {
        for (int i = 0; i < destination.Rows; i++)
        {
            Row(destination, i).Fill(value);
        }
    }

    /// <inheritdoc/>
    public void AddElements(Matrix a, Matrix b, Matrix destination)
    {
        Debug.Assert(a.Rows == destination.Rows && b.Rows == destination.Rows, "Shapes are checked by the layers.");
        for (int i = 0; i < destination.Rows; i++)
        {
            TensorPrimitives.Add(Row(a, i), Row(b, i), Row(destination, i));
        }
    }

    /// <inheritdoc/>
    public void MultiplyElements(Matrix a, Matrix b, Matrix destination)
    {
        Debug.Assert(a.Rows == destination.Rows && b.Rows == destination.Rows, "Shapes are checked by the layers.");
        for (int i = 0; i < destination.Rows; i++)
        {
            TensorPrimitives.Multiply(Row(a, i), Row(b, i), Row(destination, i));
        }
    }

    private static unsafe Span<float> Row(Matrix matrix, int i) => new(Pointer(matrix) + ((long)i * matrix.Stride), matrix.Columns);
}
