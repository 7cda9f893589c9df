using Dlrm.Numerics.Kernels;

namespace Dlrm.Numerics.Cpu;

/// <summary>Adds the gradients of the last core's slabs of a ring and writes those of its parents' interfaces.</summary>
/// <remarks>
/// <code>
/// dPᵀ += Σ over nodes of the digit, ascending, of dRowsᵀ · L      dL = dRows · Pᵀ      (see RingLevel)
/// </code>
/// <para>A piece is a run of whole groups, so every slab has one writer. What a node gives to its parent is summed by <see cref="TtmChildSumsJob"/>.</para>
/// </remarks>
/// <param name="Ring">The last core and its nodes.</param>
/// <param name="Scratch">Memory for packed slabs and rows.</param>
/// <param name="Pieces">The number of pieces.</param>
internal readonly record struct RingRowGradientsJob(RingLevel Ring, ScratchSlots Scratch, int Pieces) : IPieceJob
{
    /// <inheritdoc/>
    public unsafe void Run(int piece)
    {
        TtmLevel level = Ring.Level;
        int position = level.GroupBoundary(TtmPiece.First(piece, Pieces, level.Count));
        int end = level.GroupBoundary(TtmPiece.First(piece + 1, Pieces, level.Count));
        if (position >= end)
        {
            return;
        }

        float* scratch = Scratch.Rent(out int slot);
        while (position < end)
        {
            int digit = level.Digit[level.Sorted[position]];
            int groupEnd = position + 1;
            while (groupEnd < end && level.Digit[level.Sorted[groupEnd]] == digit)
            {
                groupEnd++;
            }

            RunGroup(position, groupEnd, digit, scratch);
            position = groupEnd;
        }

        Scratch.Return(slot);
    }

    private unsafe void RunGroup(int first, int end, int digit, float* scratch)
    {
        TtmLevel level = Ring.Level;
        int inner = Ring.Inner;
        float* gradient = scratch + (8 * TtmRowKernels.MaxRows);
        float* gathered = gradient + Ring.GradientLength;
        float* packed = gathered + (2L * TtmRowKernels.MaxRows * inner);
        new Span<float>(gradient, Ring.GradientLength).Clear();
        Ring.PackTransposed(level.Slabs + ((long)digit * level.SlabLength), packed);
        float** a = stackalloc float*[TtmRowKernels.MaxRows + TtmRowKernels.RowBlock];
        float** dc = stackalloc float*[TtmRowKernels.MaxRows + TtmRowKernels.RowBlock];
        float** da = stackalloc float*[TtmRowKernels.MaxRows + TtmRowKernels.RowBlock];
        int rows = 0;
        int heads = Ring.Heads;
        long items = (long)(end - first) * heads;
        for (long item = 0; item < items; item++)
        {
            int node = level.Sorted[first + (int)(item / heads)];
            int h = (int)(item % heads);
            float* parent = Ring.Parents.Interface(level.Parent[node]);
            dc[rows] = level.OutputGradient + (node * level.OutputGradientStride) + ((long)h * Ring.Columns);
            if (Ring.IsInOrder)
            {
                a[rows] = parent + ((long)h * inner);
                da[rows] = ParentGradient(node) + ((long)h * inner);
            }
            else
            {
                a[rows] = gathered + ((long)rows * inner);
                da[rows] = gathered + ((long)(TtmRowKernels.MaxRows + rows) * inner);
                Ring.Gather(parent, h, a[rows]);
            }

            if (++rows == TtmRowKernels.MaxRows || item == items - 1)
            {
                TtmRowKernels.AddOuterProducts(dc, a, rows, Ring.Columns, inner, gradient, inner, scratch);
                TtmRowKernels.Multiply(dc, da, rows, Ring.Columns, packed, TtmRowKernels.Padded(inner), inner);
                for (int row = 0; row < rows && !Ring.IsInOrder; row++)
                {
                    long from = item - rows + 1 + row;
                    Ring.Scatter(da[row], (int)(from % heads), ParentGradient(level.Sorted[first + (int)(from / heads)]));
                }

                rows = 0;
            }
        }

        Ring.AddUnpacked(gradient, level.SlabGradients + ((long)digit * level.SlabLength));
    }

    private unsafe float* ParentGradient(int node)
    {
        TtmLevel parents = Ring.Parents;
        int parent = Ring.Level.Parent[node];
        bool isOnlyChild = parents.ChildStart[parent + 1] - parents.ChildStart[parent] == 1;
        return isOnlyChild ? parents.OutputGradient + (parent * parents.OutputGradientStride) : Ring.Level.ChildGradient(node);
    }
}
