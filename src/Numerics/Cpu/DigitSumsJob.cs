using System.Numerics.Tensors;

namespace Dlrm.Numerics.Cpu;

/// <summary>Adds rows of nodes to rows of digits: <c>sums[digit, :] += Σ over nodes of the digit, ascending, of rows[node, :]</c>.</summary>
/// <remarks>A piece is a run of whole groups, so every digit has one writer.</remarks>
/// <param name="Nodes">The nodes.</param>
/// <param name="Rows">One row for each node.</param>
/// <param name="Sums">One row without gaps for each digit.</param>
/// <param name="Pieces">The number of pieces.</param>
internal readonly record struct DigitSumsJob(PrefixLevel Nodes, Matrix Rows, CpuBuffer<float> Sums, int Pieces) : IPieceJob
{
    /// <inheritdoc/>
    public unsafe void Run(int piece)
    {
        float* rows = ((CpuBuffer<float>)Rows.Buffer).Pointer + Rows.Offset;
        int end = Nodes.GroupBoundary(TtmPiece.First(piece + 1, Pieces, Nodes.Count));
        for (int position = Nodes.GroupBoundary(TtmPiece.First(piece, Pieces, Nodes.Count)); position < end; position++)
        {
            int node = Nodes.Sorted[position];
            Span<float> sum = new(Sums.Pointer + ((long)Nodes.Digit[node] * Rows.Columns), Rows.Columns);
            TensorPrimitives.Add(sum, new ReadOnlySpan<float>(rows + ((long)node * Rows.Stride), Rows.Columns), sum);
        }
    }
}
