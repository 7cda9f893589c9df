using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Dlrm.Numerics.Kernels;

/// <summary>Transposes small matrices: <c>target[j, i] = source[i, j]</c>.</summary>
internal static unsafe class TransposeKernels
{
    /// <summary>Transposes.</summary>
    /// <param name="source">Element (0, 0).</param>
    /// <param name="sourceRow">Elements between rows of the source.</param>
    /// <param name="rows">Rows of the source.</param>
    /// <param name="columns">Columns of the source.</param>
    /// <param name="target">Receives columns × rows.</param>
    /// <param name="targetRow">Elements between rows of the target; what lies beyond <paramref name="rows"/> is left alone.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Transpose(float* source, nint sourceRow, int rows, int columns, float* target, nint targetRow)
    {
        if (!Avx.IsSupported || rows < 8 || columns < 8)
        {
            Scalar(source, sourceRow, rows, columns, target, targetRow);
            return;
        }

        // The last block of a ragged side overlaps the one before it: written twice with the same values.
        for (int i = 0; i < rows; i += 8)
        {
            int row = Math.Min(i, rows - 8);
            for (int j = 0; j < columns; j += 8)
            {
                int column = Math.Min(j, columns - 8);
                Block8(source + (row * sourceRow) + column, sourceRow, target + (column * targetRow) + row, targetRow);
            }
        }
    }

    private static void Scalar(float* source, nint sourceRow, int rows, int columns, float* target, nint targetRow)
    {
        for (int j = 0; j < columns; j++)
        {
            for (int i = 0; i < rows; i++)
            {
                target[(j * targetRow) + i] = source[(i * sourceRow) + j];
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Block8(float* source, nint sourceRow, float* target, nint targetRow)
    {
        // Pairs of rows, then pairs of pairs within each 128-bit half, then the halves.
        Vector256<float> r0 = Vector256.Load(source), r1 = Vector256.Load(source + sourceRow);
        Vector256<float> r2 = Vector256.Load(source + (2 * sourceRow)), r3 = Vector256.Load(source + (3 * sourceRow));
        Vector256<float> r4 = Vector256.Load(source + (4 * sourceRow)), r5 = Vector256.Load(source + (5 * sourceRow));
        Vector256<float> r6 = Vector256.Load(source + (6 * sourceRow)), r7 = Vector256.Load(source + (7 * sourceRow));
        Vector256<float> t0 = Avx.UnpackLow(r0, r1), t1 = Avx.UnpackHigh(r0, r1), t2 = Avx.UnpackLow(r2, r3), t3 = Avx.UnpackHigh(r2, r3);
        Vector256<float> t4 = Avx.UnpackLow(r4, r5), t5 = Avx.UnpackHigh(r4, r5), t6 = Avx.UnpackLow(r6, r7), t7 = Avx.UnpackHigh(r6, r7);
        r0 = Avx.Shuffle(t0, t2, 0x44);
        r1 = Avx.Shuffle(t0, t2, 0xEE);
        r2 = Avx.Shuffle(t1, t3, 0x44);
        r3 = Avx.Shuffle(t1, t3, 0xEE);
        r4 = Avx.Shuffle(t4, t6, 0x44);
        r5 = Avx.Shuffle(t4, t6, 0xEE);
        r6 = Avx.Shuffle(t5, t7, 0x44);
        r7 = Avx.Shuffle(t5, t7, 0xEE);
        Avx.Permute2x128(r0, r4, 0x20).Store(target);
        Avx.Permute2x128(r1, r5, 0x20).Store(target + targetRow);
        Avx.Permute2x128(r2, r6, 0x20).Store(target + (2 * targetRow));
        Avx.Permute2x128(r3, r7, 0x20).Store(target + (3 * targetRow));
        Avx.Permute2x128(r0, r4, 0x31).Store(target + (4 * targetRow));
        Avx.Permute2x128(r1, r5, 0x31).Store(target + (5 * targetRow));
        Avx.Permute2x128(r2, r6, 0x31).Store(target + (6 * targetRow));
        Avx.Permute2x128(r3, r7, 0x31).Store(target + (7 * targetRow));
    }
}
