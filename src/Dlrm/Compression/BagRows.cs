using Dlrm.Embeddings;
using Dlrm.Numerics;

namespace Dlrm.Compression;

/// <summary>The rows of a bag of any kind, evaluated in runs.</summary>
/// <param name="bag">The bag; pools by sum.</param>
/// <param name="device">Its device.</param>
public sealed class BagRows(IEmbeddingBag bag, IDevice device) : IRowSource
{
    private const int MostRows = 1 << 14;

    /// <inheritdoc/>
    public long Rows => bag.Rows;

    /// <inheritdoc/>
    public int Columns => bag.EmbeddingDim;

    /// <inheritdoc/>
    public void Read(long firstRow, int count, Span<float> values)
    {
        using DeviceBuffer<float> buffer = device.Allocate<float>((long)Math.Min(count, MostRows) * Columns);
        for (int done = 0; done < count;)
        {
            int rows = Math.Min(MostRows, count - done);
            bag.Forward(AllRows.Of(firstRow + done, rows), new Matrix(buffer, rows, Columns));
            buffer.CopyTo(values.Slice(done * Columns, rows * Columns));
            done += rows;
        }
    }
}
