using System.Runtime.CompilerServices;
using Dlrm.Numerics.Kernels;

namespace Dlrm.Numerics.Cpu;

/// <summary>Adds the gradients of one level's slabs and writes those of its parents' interfaces.</summary>
/// <remarks>
/// <code>
/// dSlab += Σ over nodes of the digit, ascending, of interface(parent)ᵀ · dInterface(node)
/// dParent(node) = dInterface(node) · slabᵀ
/// </code>
/// <para>A piece is a range of digits over all parts, so every slab has one writer. What a node gives to its parent is written to memory of its own
/// and summed by <see cref="TtmChildSumsJob"/>, or straight to the parent when it is the only child.</para>
/// </remarks>
/// <param name="Workspace">Has the parts, sorted by digit.</param>
/// <param name="Core">The level, k ≥ 1.</param>
/// <param name="Mode">The digits of the level, I[k].</param>
/// <param name="Pieces">The number of pieces.</param>
internal readonly record struct TtmRowGradientsJob(CpuTtmWorkspace Workspace, int Core, int Mode, int Pieces) : IPieceJob
{
    /// <inheritdoc/>
    [SkipLocalsInit]
    public unsafe void Run(int piece)
    {
        ReadOnlySpan<TtmPart> parts = Workspace.Parts;
        int firstDigit = TtmPiece.First(piece, Pieces, Mode);
        int endDigit = TtmPiece.First(piece + 1, Pieces, Mode);
        Span<TtmPartRun> runs = stackalloc TtmPartRun[parts.Length];
        for (int part = 0; part < runs.Length; part++)
        {
            runs[part] = new TtmPartRun(parts[part].Levels[Core], parts[part].Levels[Core - 1], firstDigit, endDigit);
        }

        TtmLevel level = parts[0].Levels[Core];
        float* scratch = Workspace.Scratch.Rent(out int slot);
        for (int digit = NextDigit(runs); digit < endDigit; digit = NextDigit(runs))
        {
            if (level.IsNarrow)
            {
                RunNarrowGroup(level, runs, digit, scratch);
            }
            else
            {
                RunGroup(level, runs, digit, scratch);
            }
        }

        Workspace.Scratch.Return(slot);
    }

    private static int NextDigit(ReadOnlySpan<TtmPartRun> runs)
    {
        int least = int.MaxValue;
        foreach (ref readonly TtmPartRun run in runs)
        {
            least = Math.Min(least, run.Digit);
        }

        return least;
    }

    [SkipLocalsInit]
    private static unsafe void RunGroup(TtmLevel level, Span<TtmPartRun> runs, int digit, float* scratch)
    {
        float* tails = scratch;
        float* transposedGradient = tails + (8 * TtmRowKernels.MaxRows);
        float* packed = transposedGradient + TtmPiece.GradientLength(level.Inner, level.Columns);
        TtmPiece.Transpose(level, level.Slabs + ((long)digit * level.SlabLength), packed);
        float* slabGradient = level.SlabGradients + ((long)digit * level.SlabLength);

        // A narrow slab would leave lanes empty: then lanes run along the interface instead, into a transposed gradient.
        bool isNarrow = level.Columns < 8 && level.Inner > level.Columns;
        if (isNarrow)
        {
            new Span<float>(transposedGradient, level.SlabLength).Clear();
        }

        int height = level.Height;
        int inner = level.Inner;
        int columns = level.Columns;
        float** a = stackalloc float*[TtmRowKernels.MaxRows + TtmRowKernels.RowBlock];
        float** dc = stackalloc float*[TtmRowKernels.MaxRows + TtmRowKernels.RowBlock];
        float** da = stackalloc float*[TtmRowKernels.MaxRows + TtmRowKernels.RowBlock];
        float** nodeInterfaces = stackalloc float*[NarrowSlabKernels.MaxNodes];
        float** nodeGradients = stackalloc float*[NarrowSlabKernels.MaxNodes];
        float** nodeParentGradients = stackalloc float*[NarrowSlabKernels.MaxNodes];
        int rows = 0;
        foreach (ref TtmPartRun run in runs)
        {
            int nodes;
            do
            {
                nodes = run.Take(digit, NarrowSlabKernels.MaxNodes, nodeInterfaces, nodeGradients, nodeParentGradients);
                for (int i = 0; i < nodes; i++)
                {
                    float* parentInterface = nodeInterfaces[i];
                    float* gradient = nodeGradients[i];
                    float* parentGradient = nodeParentGradients[i];
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
            }
            while (nodes == NarrowSlabKernels.MaxNodes);
        }

        if (rows > 0)
        {
            RunRows(level, a, dc, da, rows, packed, slabGradient, isNarrow ? transposedGradient : null, tails);
        }

        if (isNarrow)
        {
            TtmPiece.AddTransposed(level, transposedGradient, level.Inner, slabGradient);
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
    private static unsafe void RunNarrowGroup(TtmLevel level, Span<TtmPartRun> runs, int digit, float* scratch)
    {
        int height = level.Height;
        int inner = level.Inner;
        int stride = TtmRowKernels.Padded(inner);
        float* transposedGradient = scratch;
        float* transposed = scratch + (NarrowSlabKernels.Columns * stride);
        TtmPiece.Transpose(level, level.Slabs + ((long)digit * level.SlabLength), transposed);
        new Span<float>(transposedGradient, NarrowSlabKernels.Columns * stride).Clear();
        float** a = stackalloc float*[NarrowSlabKernels.MaxNodes];
        float** dc = stackalloc float*[NarrowSlabKernels.MaxNodes];
        float** da = stackalloc float*[NarrowSlabKernels.MaxNodes];
        int nodes = 0;
        foreach (ref TtmPartRun run in runs)
        {
            while (true)
            {
                int taken = run.Take(digit, NarrowSlabKernels.MaxNodes - nodes, a + nodes, dc + nodes, da + nodes);
                for (int end = nodes + taken; nodes < end; nodes++)
                {
                    PrefetchKernels.Lines(a[nodes], height * inner);
                    PrefetchKernels.Lines(dc[nodes], height * NarrowSlabKernels.Columns);
                }

                if (nodes < NarrowSlabKernels.MaxNodes)
                {
                    break;
                }

                NarrowSlabKernels.Gradients(a, dc, da, nodes, height, inner, transposed, transposedGradient, stride);
                nodes = 0;
            }
        }

        if (nodes > 0)
        {
            NarrowSlabKernels.Gradients(a, dc, da, nodes, height, inner, transposed, transposedGradient, stride);
        }

        TtmPiece.AddTransposed(level, transposedGradient, stride, level.SlabGradients + ((long)digit * level.SlabLength));
    }
}
