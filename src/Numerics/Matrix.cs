namespace Dlrm.Numerics;

/// <summary>Views a row-major matrix inside a device buffer.</summary>
/// <remarks>Element (i, j) is <c>Buffer[Offset + i·Stride + j]</c>. A view owns nothing.</remarks>
public readonly record struct Matrix
{
    /// <summary>Initializes a new instance of the <see cref="Matrix"/> struct over a whole or partial buffer.</summary>
    /// <param name="buffer">The memory.</param>
    /// <param name="rows">The number of rows.</param>
    /// <param name="columns">The number of columns.</param>
    /// <param name="stride">Elements between the starts of two rows; 0 means <paramref name="columns"/>.</param>
    /// <param name="offset">The element where row 0 starts.</param>
    /// <exception cref="ArgumentException">The view does not fit into the buffer.</exception>
    public Matrix(DeviceBuffer<float> buffer, int rows, int columns, int stride = 0, long offset = 0)
    {
        ArgumentNullException.ThrowIfNull(buffer);
        Buffer = buffer;
        Rows = rows;
        Columns = columns;
        Stride = stride == 0 ? columns : stride;
        Offset = offset;
        long length = rows == 0 ? 0 : ((long)(rows - 1) * Stride) + columns;
        if (rows < 0 || columns < 0 || Stride < columns || offset < 0 || offset > buffer.Length - length)
        {
            throw new ArgumentException(
                $"A view of {rows} × {columns} floats with stride {Stride} needs {length} elements from element {offset}, but the buffer has {buffer.Length}.");
        }
    }

    /// <summary>Gets the memory.</summary>
    public DeviceBuffer<float> Buffer { get; }

    /// <summary>Gets the number of rows.</summary>
    public int Rows { get; }

    /// <summary>Gets the number of columns.</summary>
    public int Columns { get; }

    /// <summary>Gets the elements between the starts of two rows.</summary>
    public int Stride { get; }

    /// <summary>Gets the element where row 0 starts.</summary>
    public long Offset { get; }

    /// <summary>Views a block of columns.</summary>
    /// <param name="first">The first column.</param>
    /// <param name="count">The number of columns.</param>
    /// <returns>The view, with the same stride.</returns>
    public Matrix ColumnBlock(int first, int count) => new(Buffer, Rows, count, Stride, Offset + first);

    /// <summary>Views a block of rows.</summary>
    /// <param name="first">The first row.</param>
    /// <param name="count">The number of rows.</param>
    /// <returns>The view, with the same stride.</returns>
    public Matrix RowBlock(int first, int count) => new(Buffer, count, Columns, Stride, Offset + ((long)first * Stride));
}
