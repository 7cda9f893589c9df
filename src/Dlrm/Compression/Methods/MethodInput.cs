using Dlrm.Embeddings;
using Dlrm.Numerics;

namespace Dlrm.Compression.Methods;

/// <summary>What a method needs to look at a table.</summary>
/// <param name="Device">Multiplies.</param>
/// <param name="Table">The table.</param>
/// <param name="Options">Ranks, storage types, memory.</param>
/// <param name="Squares">‖W‖²; finite.</param>
/// <param name="MostBytes">What the table may take at most; larger ranks are not looked at.</param>
/// <param name="Progress">Receives the share done.</param>
/// <param name="Cancellation">Gives up between two blocks.</param>
internal sealed record MethodInput(
    IDevice Device, SourceTable Table, CompressionOptions Options, double Squares, long MostBytes, IProgress<double> Progress, CancellationToken Cancellation)
{
    private const int BlockRows = 1 << 14;

    /// <summary>Gets the rows.</summary>
    internal IRowSource Rows => Table.Rows;

    /// <summary>Reads the table in blocks of rows.</summary>
    /// <param name="use">Receives the first row and whole rows, in an array that the next block is written over.</param>
    internal void ForEachBlock(Action<long, float[]> use) => ForEachBlock(Rows, use, Cancellation);

    /// <summary>Reads a table in blocks of rows.</summary>
    /// <param name="rows">The table.</param>
    /// <param name="use">Receives the first row and whole rows, in an array that the next block is written over.</param>
    /// <param name="cancellation">Gives up between two blocks.</param>
    internal static void ForEachBlock(IRowSource rows, Action<long, float[]> use, CancellationToken cancellation)
    {
        float[] values = [];
        for (long row = 0; row < rows.Rows; row += BlockRows)
        {
            cancellation.ThrowIfCancellationRequested();
            int count = (int)Math.Min(BlockRows, rows.Rows - row);
            if (values.Length != count * rows.Columns)
            {
                values = new float[count * rows.Columns];
            }

            rows.Read(row, count, values);
            use(row, values);
        }
    }

    /// <summary>Counts the fewest bytes that a matrix takes in any of the storage types.</summary>
    /// <param name="rows">Its rows.</param>
    /// <param name="columns">Its columns.</param>
    /// <returns>The bytes.</returns>
    internal long LeastBytes(long rows, long columns) => Options.Storage.Min(type => Checkpoints.TensorCode.Bytes(type, [rows, columns]));
}
