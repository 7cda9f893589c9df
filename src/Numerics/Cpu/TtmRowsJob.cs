using Dlrm.Numerics.Kernels;

namespace Dlrm.Numerics.Cpu;

/// <summary>Computes the interfaces of one level, nodes with the same slab together.</summary>
/// <param name="Level">The level, k ≥ 1.</param>
/// <param name="Parents">The level before.</param>
/// <param name="Scratch">Memory for packed slabs.</param>
/// <param name="Pieces">How many pieces the sorted nodes are cut into; a group may be cut, no node depends on another.</param>
internal readonly record struct TtmRowsJob(TtmLevel Level, TtmLevel Parents, ScratchSlots Scratch, int Pieces) : IPieceJob
{
    /// <inheritdoc/>
    public unsafe void Run(int piece)
    {
        TtmLevel level = Level;
        int position = TtmPiece.First(piece, Pieces, level.Count);
        int end = TtmPiece.First(piece + 1, Pieces, level.Count);
        float* packed = Scratch.Rent(out int slot);
        float** a = stackalloc float*[TtmRowKernels.MaxRows + TtmRowKernels.RowBlock];
        float** c = stackalloc float*[TtmRowKernels.MaxRows + TtmRowKernels.RowBlock];
        while (position < end)
        {
            int digit = level.Digit[level.Sorted[position]];
            float* slab = level.Slabs + ((long)digit * level.SlabLength);
            int stride = TtmRowKernels.Padded(level.Columns);
            if (stride != level.Columns)
            {
                TtmPiece.Pad(level, slab, packed);
                slab = packed;
            }

            int rows = 0;
            for (; position < end && level.Digit[level.Sorted[position]] == digit; position++)
            {
                int node = level.Sorted[position];
                float* parent = Parents.Interface(level.Parent[node]);
                float* output = level.Output + (node * level.OutputStride);
                TtmPiece.Prefetch(parent, level.Height * level.Inner);
                TtmPiece.Prefetch(output, level.Height * level.Columns);
                for (int h = 0; h < level.Height; h++)
                {
                    a[rows] = parent + ((long)h * level.Inner);
                    c[rows] = output + ((long)h * level.Columns);
                    if (++rows == TtmRowKernels.MaxRows)
                    {
                        TtmRowKernels.Multiply(a, c, rows, level.Inner, slab, stride, level.Columns);
                        rows = 0;
                    }
                }
            }

            if (rows > 0)
            {
                TtmRowKernels.Multiply(a, c, rows, level.Inner, slab, stride, level.Columns);
            }
        }

        Scratch.Return(slot);
    }
}
