using Dlrm.Numerics.Kernels;

namespace Dlrm.Numerics.Cpu;

/// <summary>Closes the rings of a batch with the last core, nodes with the same slab together.</summary>
/// <param name="Ring">The last core and its nodes.</param>
/// <param name="Scratch">Memory for packed slabs and rows.</param>
/// <param name="Pieces">How many pieces the sorted nodes are cut into; a group may be cut, no node depends on another.</param>
internal readonly record struct RingRowsJob(RingLevel Ring, ScratchSlots Scratch, int Pieces) : IPieceJob
{
    /// <inheritdoc/>
    public unsafe void Run(int piece)
    {
        TtmLevel level = Ring.Level;
        int position = TtmPiece.First(piece, Pieces, level.Count);
        int end = TtmPiece.First(piece + 1, Pieces, level.Count);
        int inner = Ring.Inner;
        int columns = Ring.Columns;
        int heads = Ring.Heads;
        int stride = TtmRowKernels.Padded(columns);
        float* packed = Scratch.Rent(out int slot);
        float* gathered = packed + ((long)inner * stride);
        float** a = stackalloc float*[TtmRowKernels.MaxRows + TtmRowKernels.RowBlock];
        float** c = stackalloc float*[TtmRowKernels.MaxRows + TtmRowKernels.RowBlock];
        while (position < end)
        {
            int digit = level.Digit[level.Sorted[position]];
            Ring.Pack(level.Slabs + ((long)digit * level.SlabLength), packed);
            int rows = 0;
            for (; position < end && level.Digit[level.Sorted[position]] == digit; position++)
            {
                int node = level.Sorted[position];
                float* parent = Ring.Parents.Interface(level.Parent[node]);
                for (int h = 0; h < heads; h++)
                {
                    a[rows] = Ring.IsInOrder ? parent + ((long)h * inner) : gathered + ((long)rows * inner);
                    c[rows] = level.Output + (node * level.OutputStride) + ((long)h * columns);
                    if (!Ring.IsInOrder)
                    {
                        Ring.Gather(parent, h, a[rows]);
                    }

                    if (++rows == TtmRowKernels.MaxRows)
                    {
                        TtmRowKernels.Multiply(a, c, rows, inner, packed, stride, columns);
                        rows = 0;
                    }
                }
            }

            if (rows > 0)
            {
                TtmRowKernels.Multiply(a, c, rows, inner, packed, stride, columns);
            }
        }

        Scratch.Return(slot);
    }
}
