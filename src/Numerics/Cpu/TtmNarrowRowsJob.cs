using System.Runtime.CompilerServices;
using Dlrm.Numerics.Kernels;

namespace Dlrm.Numerics.Cpu;

/// <summary>Computes the interfaces of a last level with narrow slabs, node after node: slabs are small enough to be read anew for each, and parents and outputs stand in order.</summary>
/// <param name="Level">The level.</param>
/// <param name="Parents">The level before.</param>
/// <param name="Pieces">The number of pieces.</param>
internal readonly record struct TtmNarrowRowsJob(TtmLevel Level, TtmLevel Parents, int Pieces) : IPieceJob
{
    /// <inheritdoc/>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public unsafe void Run(int piece)
    {
        TtmLevel level = Level;
        int node = TtmPiece.First(piece, Pieces, level.Count);
        int end = TtmPiece.First(piece + 1, Pieces, level.Count);
        int* digits = level.Digit;
        int* parentOf = level.Parent;
        float* slabs = level.Slabs;
        long slabLength = level.SlabLength;
        NodeBlocks parents = Parents.Interfaces();
        NodeBlocks outputs = new(level.Output, level.OutputStride);
        float** a = stackalloc float*[NarrowSlabKernels.MaxNodes];
        float** b = stackalloc float*[NarrowSlabKernels.MaxNodes];
        float** c = stackalloc float*[NarrowSlabKernels.MaxNodes];
        while (node < end)
        {
            int nodes = Math.Min(NarrowSlabKernels.MaxNodes, end - node);
            for (int i = 0; i < nodes; i++, node++)
            {
                a[i] = parents.Of(parentOf[node]);
                b[i] = slabs + (digits[node] * slabLength);
                c[i] = outputs.Of(node);
            }

            NarrowSlabKernels.Multiply(a, b, c, nodes, level.Height, level.Inner);
        }
    }
}
