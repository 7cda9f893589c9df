using Dlrm.Numerics.Kernels;

namespace Dlrm.Numerics.Cpu;

/// <summary>Says how the work of a level is cut, and packs slabs for the kernels.</summary>
internal static unsafe class TtmPiece
{
    /// <summary>Gets the number of pieces of a level: a function of the batch alone.</summary>
    /// <param name="nodes">The level's nodes.</param>
    /// <returns>The number of pieces.</returns>
    internal static int Pieces(int nodes) => Math.Clamp(nodes / 32, 1, 64);

    /// <summary>Gets the first node of a piece.</summary>
    /// <param name="piece">The piece.</param>
    /// <param name="pieces">The number of pieces.</param>
    /// <param name="nodes">The number of nodes.</param>
    /// <returns>The first node; that of the next piece is the end.</returns>
    internal static int First(int piece, int pieces, int nodes) => (int)((long)piece * nodes / pieces);

    /// <summary>Gets the floats that a piece of a level needs: a padded slab or its transpose, row ends, and a slab's gradient.</summary>
    /// <param name="level">The level.</param>
    /// <returns>The number of floats.</returns>
    internal static long ScratchLength(TtmLevel level) => (8 * TtmRowKernels.MaxRows) + GradientLength(level)
        + Math.Max((long)level.Inner * TtmRowKernels.Padded(level.Columns), (long)level.Columns * TtmRowKernels.Padded(level.Inner));

    /// <summary>Gets the floats of a slab's gradient.</summary>
    /// <param name="level">The level.</param>
    /// <returns>The number of floats, in whole vectors.</returns>
    internal static long GradientLength(TtmLevel level) => TtmRowKernels.Padded(level.SlabLength);

    /// <summary>Copies a slab whose rows do not end with a whole vector.</summary>
    /// <param name="level">The level.</param>
    /// <param name="slab">R[k] × columns.</param>
    /// <param name="packed">Receives R[k] × Padded(columns), zeros behind the columns.</param>
    internal static void Pad(TtmLevel level, float* slab, float* packed)
    {
        int stride = TtmRowKernels.Padded(level.Columns);
        for (int r = 0; r < level.Inner; r++)
        {
            float* row = packed + ((long)r * stride);
            new ReadOnlySpan<float>(slab + ((long)r * level.Columns), level.Columns).CopyTo(new Span<float>(row, level.Columns));
            new Span<float>(row + level.Columns, stride - level.Columns).Clear();
        }
    }

    /// <summary>Transposes a slab.</summary>
    /// <param name="level">The level.</param>
    /// <param name="slab">R[k] × columns.</param>
    /// <param name="packed">Receives columns × Padded(R[k]), zeros behind R[k].</param>
    internal static void Transpose(TtmLevel level, float* slab, float* packed)
    {
        int stride = TtmRowKernels.Padded(level.Inner);
        for (int column = 0; column < level.Columns; column++)
        {
            float* row = packed + ((long)column * stride);
            for (int r = 0; r < stride; r++)
            {
                row[r] = r < level.Inner ? slab[((long)r * level.Columns) + column] : 0f;
            }
        }
    }
}
