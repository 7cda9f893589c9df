using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Dlrm.Numerics.Kernels;

/// <summary>Multiplies matrices one of whose sizes is 1: work that memory bounds, for which packing and tiles are overhead.</summary>
/// <remarks>
/// <code>
/// column (n = 1)   C[i] = f(Σ_p A[i, p] · b[p] + bias + (accumulate ? C[i] : 0))      eight partial sums, p upwards, added in a fixed order
/// outer (k = 1)    C[i, j] = a[i] · b[j]
/// </code>
/// </remarks>
internal static unsafe class GemvKernels
{
    private const int RowsInPiece = 128;

    /// <summary>Tells whether a product is one of these, with operands in place.</summary>
    /// <param name="g">The product.</param>
    /// <returns>Whether to call <see cref="Piece"/>.</returns>
    internal static bool IsFit(in GemmProblem g) => IsColumn(g) || IsOuter(g);

    /// <summary>Gets the number of pieces.</summary>
    /// <param name="g">The product.</param>
    /// <returns>Some rows each.</returns>
    internal static int Pieces(in GemmProblem g) => (g.M + RowsInPiece - 1) / RowsInPiece;

    /// <summary>Computes some rows of C.</summary>
    /// <param name="g">The product.</param>
    /// <param name="piece">The piece.</param>
    internal static void Piece(in GemmProblem g, int piece)
    {
        int first = piece * RowsInPiece;
        int end = Math.Min(first + RowsInPiece, g.M);
        if (IsColumn(g))
        {
            Column(g, first, end);
        }
        else
        {
            Outer(g, first, end);
        }
    }

    private static bool IsColumn(in GemmProblem g) => g.N == 1 && g.ADepth == 1 && g.BDepth == 1 && g.K >= 8;

    private static bool IsOuter(in GemmProblem g) => g.K == 1 && g.BColumn == 1 && g.N >= 8 && g.Bias is null && !g.Accumulate && !g.Relu;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Column(in GemmProblem g, int first, int end)
    {
        int whole = g.K & -8;
        for (int i = first; i < end; i += 4)
        {
            // The last block repeats its last row.
            float* a0 = g.A + (i * g.ARow);
            float* a1 = g.A + (Math.Min(i + 1, end - 1) * g.ARow);
            float* a2 = g.A + (Math.Min(i + 2, end - 1) * g.ARow);
            float* a3 = g.A + (Math.Min(i + 3, end - 1) * g.ARow);
            Vector256<float> s0 = default, s1 = default, s2 = default, s3 = default;
            for (int p = 0; p < whole; p += 8)
            {
                Vector256<float> b = Vector256.Load(g.B + p);
                s0 = Vector256.FusedMultiplyAdd(Vector256.Load(a0 + p), b, s0);
                s1 = Vector256.FusedMultiplyAdd(Vector256.Load(a1 + p), b, s1);
                s2 = Vector256.FusedMultiplyAdd(Vector256.Load(a2 + p), b, s2);
                s3 = Vector256.FusedMultiplyAdd(Vector256.Load(a3 + p), b, s3);
            }

            Finish(g, i, end, Vector256.Sum(s0), a0);
            Finish(g, i + 1, end, Vector256.Sum(s1), a1);
            Finish(g, i + 2, end, Vector256.Sum(s2), a2);
            Finish(g, i + 3, end, Vector256.Sum(s3), a3);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Finish(in GemmProblem g, int row, int end, float sum, float* a)
    {
        if (row >= end)
        {
            return;
        }

        for (int p = g.K & -8; p < g.K; p++)
        {
            sum = MathF.FusedMultiplyAdd(a[p], g.B[p], sum);
        }

        float* c = g.C + (row * g.CRow);
        sum += g.Bias is null ? 0 : *g.Bias;
        sum += g.Accumulate ? *c : 0;
        *c = g.Relu ? MathF.Max(sum, 0) : sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Outer(in GemmProblem g, int first, int end)
    {
        for (int i = first; i < end; i++)
        {
            Vector256<float> a = Vector256.Create(g.A[i * g.ARow]);
            float* c = g.C + (i * g.CRow);
            int j = 0;
            for (; j + 16 <= g.N; j += 16)
            {
                (a * Vector256.Load(g.B + j)).Store(c + j);
                (a * Vector256.Load(g.B + j + 8)).Store(c + j + 8);
            }

            for (; j < g.N; j++)
            {
                c[j] = a.ToScalar() * g.B[j];
            }
        }
    }
}
