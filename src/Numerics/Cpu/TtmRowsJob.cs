using System.Runtime.CompilerServices;
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
    [SkipLocalsInit]
    public unsafe void Run(int piece)
    {
        TtmLevel level = Level;
        int position = TtmPiece.First(piece, Pieces, level.Count);
        int end = TtmPiece.First(piece + 1, Pieces, level.Count);
        int* sorted = level.Sorted;
        int* digits = level.Digit;
        int* parentOf = level.Parent;
        int height = level.Height;
        int inner = level.Inner;
        int columns = level.Columns;
        int stride = TtmRowKernels.Padded(columns);
        NodeBlocks parents = Parents.Interfaces();
        NodeBlocks outputs = new(level.Output, level.OutputStride);
        float* packed = Scratch.Rent(out int slot);
        float** a = stackalloc float*[TtmRowKernels.MaxRows + TtmRowKernels.RowBlock];
        float** c = stackalloc float*[TtmRowKernels.MaxRows + TtmRowKernels.RowBlock];
        while (position < end)
        {
            int digit = digits[sorted[position]];
            float* slab = level.Slabs + ((long)digit * level.SlabLength);
            if (stride != columns)
            {
                TtmPiece.Pad(level, slab, packed);
                slab = packed;
            }

            int rows = 0;
            for (; position < end; position++)
            {
                int node = sorted[position];
                if (digits[node] != digit)
                {
                    break;
                }

                float* parent = parents.Of(parentOf[node]);
                float* output = outputs.Of(node);
                PrefetchKernels.Lines(parent, height * inner);
                PrefetchKernels.Lines(output, height * columns);
                for (int h = 0; h < height; h++)
                {
                    a[rows] = parent;
                    c[rows] = output;
                    parent += inner;
                    output += columns;
                    if (++rows == TtmRowKernels.MaxRows)
                    {
                        TtmRowKernels.Multiply(a, c, rows, inner, slab, stride, columns);
                        rows = 0;
                    }
                }
            }

            if (rows > 0)
            {
                TtmRowKernels.Multiply(a, c, rows, inner, slab, stride, columns);
            }
        }

        Scratch.Return(slot);
    }
}
