using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Dlrm.Numerics.Kernels;

namespace Dlrm.Numerics.Cpu;

/// <summary>Says how the work of a level is cut, and packs slabs for the kernels.</summary>
internal static unsafe class TtmPiece
{
    /// <summary>Gets the number of pieces of a level: a function of the batch alone.</summary>
    /// <param name="nodes">The level's nodes.</param>
    /// <returns>The number of pieces.</returns>
    internal static int Pieces(int nodes) => Math.Clamp(nodes / 128, 1, 64);

    /// <summary>Gets the first node of a piece.</summary>
    /// <param name="piece">The piece.</param>
    /// <param name="pieces">The number of pieces.</param>
    /// <param name="nodes">The number of nodes.</param>
    /// <returns>The first node; that of the next piece is the end.</returns>
    internal static int First(int piece, int pieces, int nodes) => (int)((long)piece * nodes / pieces);

    /// <summary>Gets the floats that a piece of a level needs: a padded slab or its transpose, row ends, and a slab's gradient.</summary>
    /// <param name="inner">R[k].</param>
    /// <param name="columns">The columns of a slab.</param>
    /// <returns>The number of floats.</returns>
    internal static long ScratchLength(int inner, int columns) => (8 * TtmRowKernels.MaxRows) + GradientLength(inner, columns)
        + Math.Max((long)inner * TtmRowKernels.Padded(columns), (long)columns * TtmRowKernels.Padded(inner));

    /// <summary>Gets the floats of a slab's transposed gradient.</summary>
    /// <param name="inner">R[k].</param>
    /// <param name="columns">The columns of a slab.</param>
    /// <returns>The number of floats, in whole vectors.</returns>
    internal static long GradientLength(int inner, int columns) => (long)columns * TtmRowKernels.Padded(inner);

    /// <summary>Copies a slab whose rows do not end with a whole vector.</summary>
    /// <param name="level">The level.</param>
    /// <param name="slab">R[k] × columns.</param>
    /// <param name="packed">Receives R[k] × Padded(columns), zeros behind the columns.</param>
    internal static void Pad(TtmLevel level, float* slab, float* packed)
    {
        int stride = TtmRowKernels.Padded(level.Columns);
        if (level.Columns == 4)
        {
            // The usual narrow last core.
            for (int r = 0; r < level.Inner; r++)
            {
                Vector256.Create(Vector128.Load(slab + (4L * r)), Vector128<float>.Zero).Store(packed + (8L * r));
            }

            return;
        }

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
        int r = 0;
        for (; r + 4 <= level.Inner; r += 4)
        {
            TransposeRows(slab + ((long)r * level.Columns), level.Columns, packed + r, stride);
        }

        for (; r < stride; r++)
        {
            for (int column = 0; column < level.Columns; column++)
            {
                packed[((long)column * stride) + r] = r < level.Inner ? slab[((long)r * level.Columns) + column] : 0f;
            }
        }
    }

    /// <summary>Adds a transposed gradient to that of a slab.</summary>
    /// <param name="level">The level.</param>
    /// <param name="source">(columns, stride).</param>
    /// <param name="stride">At least R[k].</param>
    /// <param name="destination">R[k] × columns.</param>
    internal static void AddTransposed(TtmLevel level, float* source, int stride, float* destination)
    {
        int r = 0;
        for (; Sse.IsSupported && level.Columns == 4 && r + 4 <= level.Inner; r += 4)
        {
            Vector128<float> a = Vector128.Load(source + r);
            Vector128<float> b = Vector128.Load(source + stride + r);
            Vector128<float> c = Vector128.Load(source + (2L * stride) + r);
            Vector128<float> d = Vector128.Load(source + (3L * stride) + r);
            Transpose(ref a, ref b, ref c, ref d);
            (Vector128.Load(destination) + a).Store(destination);
            (Vector128.Load(destination + 4) + b).Store(destination + 4);
            (Vector128.Load(destination + 8) + c).Store(destination + 8);
            (Vector128.Load(destination + 12) + d).Store(destination + 12);
            destination += 16;
        }

        for (; r < level.Inner; r++)
        {
            for (int column = 0; column < level.Columns; column++)
            {
                *destination++ += source[((long)column * stride) + r];
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transpose(ref Vector128<float> a, ref Vector128<float> b, ref Vector128<float> c, ref Vector128<float> d)
    {
        Vector128<float> abLow = Sse.UnpackLow(a, b);
        Vector128<float> cdLow = Sse.UnpackLow(c, d);
        Vector128<float> abHigh = Sse.UnpackHigh(a, b);
        Vector128<float> cdHigh = Sse.UnpackHigh(c, d);
        a = Sse.MoveLowToHigh(abLow, cdLow);
        b = Sse.MoveHighToLow(cdLow, abLow);
        c = Sse.MoveLowToHigh(abHigh, cdHigh);
        d = Sse.MoveHighToLow(cdHigh, abHigh);
    }

    private static void TransposeRows(float* rows, int columns, float* packed, int stride)
    {
        float* row1 = rows + columns;
        float* row2 = row1 + columns;
        float* row3 = row2 + columns;
        int column = 0;
        for (; Sse.IsSupported && column + 4 <= columns; column += 4)
        {
            Vector128<float> a = Vector128.Load(rows + column);
            Vector128<float> b = Vector128.Load(row1 + column);
            Vector128<float> c = Vector128.Load(row2 + column);
            Vector128<float> d = Vector128.Load(row3 + column);
            Transpose(ref a, ref b, ref c, ref d);
            a.Store(packed + ((long)column * stride));
            b.Store(packed + ((column + 1L) * stride));
            c.Store(packed + ((column + 2L) * stride));
            d.Store(packed + ((column + 3L) * stride));
        }

        for (; column < columns; column++)
        {
            Vector128.Create(rows[column], row1[column], row2[column], row3[column]).Store(packed + ((long)column * stride));
        }
    }
}
