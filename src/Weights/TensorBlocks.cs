using System.Diagnostics;

namespace Dlrm.Weights;

/// <summary>Gathers rows of a stored tensor in C order, little-endian.</summary>
/// <remarks>
/// Rows that lie together are one read; rows that are whole in themselves one read each; a matrix in Fortran order one read for each
/// column of the block; anything else goes element by element through a window.
/// </remarks>
internal static class TensorBlocks
{
    private const int WindowBytes = 1 << 14;

    /// <summary>Reads rows.</summary>
    /// <param name="tensor">The tensor.</param>
    /// <param name="firstRow">The first row.</param>
    /// <param name="rows">How many.</param>
    /// <param name="destination">Receives rows · Columns elements.</param>
    internal static void Read(StoredTensor tensor, long firstRow, long rows, Span<byte> destination)
    {
        int size = ElementTypes.BytesOf(tensor.Type);
        Debug.Assert(destination.Length == rows * tensor.Columns * size, "The destination holds the rows.");
        long rowStep = tensor.Shape.Count == 0 ? 0 : tensor.Strides[0];
        long start = tensor.Offset + (firstRow * rowStep);
        bool isWholeRow = IsContiguous(tensor, 1);
        if (isWholeRow && (rows == 1 || rowStep == tensor.Columns))
        {
            tensor.Source.Read(start * size, destination);
        }
        else if (isWholeRow)
        {
            int rowBytes = (int)tensor.Columns * size;
            for (int row = 0; row < rows; row++)
            {
                tensor.Source.Read((start + (row * rowStep)) * size, destination.Slice(row * rowBytes, rowBytes));
            }
        }
        else if (tensor.Shape.Count == 2 && rowStep == 1)
        {
            ReadColumns(tensor, start, (int)rows, size, destination);
        }
        else
        {
            ReadElements(tensor, firstRow, size, destination);
        }

        if (tensor.IsBigEndian)
        {
            Turn(destination, ElementTypes.SwappedBytesOf(tensor.Type));
        }
    }

    /// <summary>Tells whether the axes from one on lie in C order without gaps.</summary>
    /// <param name="tensor">The tensor.</param>
    /// <param name="firstAxis">The first axis that counts.</param>
    /// <returns>Whether they do.</returns>
    private static bool IsContiguous(StoredTensor tensor, int firstAxis)
    {
        long expected = 1;
        for (int axis = tensor.Shape.Count - 1; axis >= firstAxis; axis--)
        {
            if (tensor.Shape[axis] != 1 && tensor.Strides[axis] != expected)
            {
                return false;
            }

            expected *= tensor.Shape[axis];
        }

        return true;
    }

    private static void ReadColumns(StoredTensor tensor, long start, int rows, int size, Span<byte> destination)
    {
        byte[] column = new byte[rows * size];
        int columns = (int)tensor.Columns;
        for (int j = 0; j < columns; j++)
        {
            tensor.Source.Read((start + (j * tensor.Strides[1])) * size, column);
            for (int i = 0; i < rows; i++)
            {
                column.AsSpan(i * size, size).CopyTo(destination[(((i * columns) + j) * size)..]);
            }
        }
    }

    private static void ReadElements(StoredTensor tensor, long firstRow, int size, Span<byte> destination)
    {
        byte[] window = new byte[(int)Math.Min(WindowBytes, tensor.Source.Length)];
        long windowStart = -1;
        long[] index = new long[tensor.Shape.Count];
        index[0] = firstRow;
        long place = tensor.Offset + (firstRow * tensor.Strides[0]);
        for (int written = 0; written < destination.Length; written += size)
        {
            long at = place * size;
            if (windowStart < 0 || at < windowStart || at + size > windowStart + window.Length)
            {
                windowStart = Math.Min(at, tensor.Source.Length - window.Length);
                tensor.Source.Read(windowStart, window);
            }

            window.AsSpan((int)(at - windowStart), size).CopyTo(destination[written..]);
            for (int axis = index.Length - 1; axis >= 0; axis--)
            {
                place += tensor.Strides[axis];
                if (++index[axis] < tensor.Shape[axis] || axis == 0)
                {
                    break;
                }

                place -= index[axis] * tensor.Strides[axis];
                index[axis] = 0;
            }
        }
    }

    private static void Turn(Span<byte> bytes, int size)
    {
        for (int start = 0; size > 1 && start < bytes.Length; start += size)
        {
            bytes.Slice(start, size).Reverse();
        }
    }
}
