using System.Runtime.CompilerServices;
using Dlrm.Numerics.Kernels;

namespace Dlrm.Numerics.Cpu;

/// <summary>Adds the gradients of one level's slabs and writes those of its parents' interfaces.</summary>
/// <remarks>
/// <code>
/// dSlab += Σ over nodes of the digit, ascending, of interface(parent)ᵀ · dInterface(node)
/// dParent(node) = dInterface(node) · slabᵀ
/// </code>
/// <para>A piece is a run of whole groups, so every slab has one writer. What a node gives to its parent is written to memory of its own
/// and summed by <see cref="TtmChildSumsJob"/>, or straight to the parent when it is the only child.</para>
/// </remarks>
/// <param name="Level">The level, k ≥ 1.</param>
/// <param name="Parents">The level before.</param>
/// <param name="Scratch">Memory for packed slabs.</param>
/// <param name="Pieces">The number of pieces.</param>
internal readonly record struct TtmRowGradientsJob(TtmLevel Level, TtmLevel Parents, ScratchSlots Scratch, int Pieces) : IPieceJob
{
    /// <inheritdoc/>
    public unsafe void Run(int piece)
    {
        TtmLevel level = Level;
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

            if (level.IsNarrow)
            {
                RunNarrowGroup(level, Parents, position, groupEnd, digit, scratch);
            }
            else
            {
                RunGroup(level, Parents, position, groupEnd, digit, scratch);
            }

            position = groupEnd;
        }

        Scratch.Return(slot);
    }

    [SkipLocalsInit]
    private static unsafe void RunGroup(TtmLevel level, TtmLevel parents, int first, int end, int digit, float* scratch)
    {
        float* tails = scratch;
        float* transposedGradient = tails + (8 * TtmRowKernels.MaxRows);
        float* packed = transposedGradient + TtmPiece.GradientLength(level);
        TtmPiece.Transpose(level, level.Slabs + ((long)digit * level.SlabLength), packed);
        float* slabGradient = level.SlabGradients + ((long)digit * level.SlabLength);

        // A narrow slab would leave lanes empty: then lanes run along the interface instead, into a transposed gradient.
        bool isNarrow = level.Columns < 8 && level.Inner > level.Columns;
        if (isNarrow)
        {
            new Span<float>(transposedGradient, level.SlabLength).Clear();
        }

        int* sorted = level.Sorted;
        int* parentOf = level.Parent;
        int* childStart = parents.Core > 0 ? parents.ChildStart : null;
        int height = level.Height;
        int inner = level.Inner;
        int columns = level.Columns;
        NodeBlocks interfaces = parents.Interfaces();
        NodeBlocks gradients = new(level.OutputGradient, level.OutputGradientStride);
        NodeBlocks parentGradients = new(parents.OutputGradient, parents.OutputGradientStride);
        NodeBlocks childGradients = new(level.ChildGradients, (long)height * inner);
        float** a = stackalloc float*[TtmRowKernels.MaxRows + TtmRowKernels.RowBlock];
        float** dc = stackalloc float*[TtmRowKernels.MaxRows + TtmRowKernels.RowBlock];
        float** da = stackalloc float*[TtmRowKernels.MaxRows + TtmRowKernels.RowBlock];
        int rows = 0;
        for (int position = first; position < end; position++)
        {
            int node = sorted[position];
            int parent = parentOf[node];
            float* parentInterface = interfaces.Of(parent);
            float* gradient = gradients.Of(node);
            bool isOnlyChild = childStart is not null && childStart[parent + 1] - childStart[parent] == 1;
            float* parentGradient = isOnlyChild ? parentGradients.Of(parent) : childGradients.Of(node);
            PrefetchKernels.Lines(parentInterface, height * inner);
            PrefetchKernels.Lines(gradient, height * columns);
            for (int h = 0; h < height; h++)
            {
                a[rows] = parentInterface;
                dc[rows] = gradient;
                da[rows] = parentGradient;
                parentInterface += inner;
                gradient += columns;
                parentGradient += inner;
                if (++rows == TtmRowKernels.MaxRows)
                {
                    RunRows(level, a, dc, da, rows, packed, slabGradient, isNarrow ? transposedGradient : null, tails);
                    rows = 0;
                }
            }
        }

        if (rows > 0)
        {
            RunRows(level, a, dc, da, rows, packed, slabGradient, isNarrow ? transposedGradient : null, tails);
        }

        if (isNarrow)
        {
            AddTransposed(transposedGradient, level.Inner, level.Columns, slabGradient);
        }
    }

    private static unsafe void RunRows(
        TtmLevel level, float** a, float** dc, float** da, int rows, float* packed, float* slabGradient, float* transposedGradient, float* tails)
    {
        if (transposedGradient is not null)
        {
            TtmRowKernels.AddOuterProducts(dc, a, rows, level.Columns, level.Inner, transposedGradient, level.Inner, tails);
        }
        else
        {
            TtmRowKernels.AddOuterProducts(a, dc, rows, level.Inner, level.Columns, slabGradient, level.Columns, tails);
        }

        TtmRowKernels.Multiply(dc, da, rows, level.Columns, packed, TtmRowKernels.Padded(level.Inner), level.Inner);
    }

    /// <summary>The same by whole nodes, when the slab has four columns.</summary>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void RunNarrowGroup(TtmLevel level, TtmLevel parents, int first, int end, int digit, float* scratch)
    {
        int height = level.Height;
        int inner = level.Inner;
        int stride = TtmRowKernels.Padded(inner);
        float* transposedGradient = scratch;
        float* transposed = scratch + (NarrowSlabKernels.Columns * stride);
        TtmPiece.Transpose(level, level.Slabs + ((long)digit * level.SlabLength), transposed);
        new Span<float>(transposedGradient, NarrowSlabKernels.Columns * stride).Clear();
        int* sorted = level.Sorted;
        int* parentOf = level.Parent;
        int* childStart = parents.Core > 0 ? parents.ChildStart : null;
        NodeBlocks interfaces = parents.Interfaces();
        NodeBlocks gradients = new(level.OutputGradient, level.OutputGradientStride);
        NodeBlocks parentGradients = new(parents.OutputGradient, parents.OutputGradientStride);
        NodeBlocks childGradients = new(level.ChildGradients, (long)height * inner);
        float** a = stackalloc float*[NarrowSlabKernels.MaxNodes];
        float** dc = stackalloc float*[NarrowSlabKernels.MaxNodes];
        float** da = stackalloc float*[NarrowSlabKernels.MaxNodes];
        for (int position = first; position < end;)
        {
            int nodes = Math.Min(NarrowSlabKernels.MaxNodes, end - position);
            for (int i = 0; i < nodes; i++, position++)
            {
                int node = sorted[position];
                int parent = parentOf[node];
                bool isOnlyChild = childStart is not null && childStart[parent + 1] - childStart[parent] == 1;
                a[i] = interfaces.Of(parent);
                dc[i] = gradients.Of(node);
                da[i] = isOnlyChild ? parentGradients.Of(parent) : childGradients.Of(node);
                PrefetchKernels.Lines(a[i], height * inner);
                PrefetchKernels.Lines(dc[i], height * NarrowSlabKernels.Columns);
            }

            NarrowSlabKernels.Gradients(a, dc, da, nodes, height, inner, transposed, transposedGradient, stride);
        }

        TtmPiece.AddTransposed(level, transposedGradient, stride, level.SlabGradients + ((long)digit * level.SlabLength));
    }

    private static unsafe void AddTransposed(float* source, int inner, int columns, float* destination)
    {
        for (int r = 0; r < inner; r++)
        {
            for (int column = 0; column < columns; column++)
            {
                destination[((long)r * columns) + column] += source[((long)column * inner) + r];
            }
        }
    }
}
