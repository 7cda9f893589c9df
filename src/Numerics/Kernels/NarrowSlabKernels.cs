using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Dlrm.Numerics.Kernels;

/// <summary>Multiplies whole interfaces by slabs of four columns: the usual last core of a TT-matrix, too narrow for lanes along its columns.</summary>
/// <remarks>
/// <code>
/// forward       C = A · B                          A: H × R interface of a parent, B: R × 4 slab; lanes are four columns of several rows h
/// gradients     dA = dC · Bᵀ    dBᵀ += dCᵀ · A     lanes run along R; a number of dC is broadcast once for both
/// </code>
/// <para>H is a multiple of 4. Every sum has one accumulator and runs upwards, so bits depend neither on the vector width nor on how nodes are blocked.
/// Error: that of <see cref="TtmRowKernels"/>, whose reference is the definition.</para>
/// </remarks>
internal static unsafe class NarrowSlabKernels
{
    /// <summary>The columns of a slab.</summary>
    internal const int Columns = 4;

    /// <summary>The most nodes of one call.</summary>
    internal const int MaxNodes = 64;

    private const int RowBlock = 4;

    /// <summary>Gets whether these kernels do the work of a level.</summary>
    /// <param name="height">H.</param>
    /// <param name="columns">The columns of a slab.</param>
    /// <returns>True when the shape is theirs.</returns>
    internal static bool Fits(int height, int columns) => columns == Columns && height % RowBlock == 0;

    /// <summary>Writes <c>C[n] = A[n] · B[n]</c> for some nodes.</summary>
    /// <param name="a">Interfaces, (height, inner) each.</param>
    /// <param name="b">Slabs, (inner, 4) each.</param>
    /// <param name="c">Receive (height, 4) each.</param>
    /// <param name="nodes">The number of nodes.</param>
    /// <param name="height">H, a multiple of 4.</param>
    /// <param name="inner">R.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Multiply(float** a, float** b, float** c, int nodes, int height, int inner)
    {
        for (int node = 0; node < nodes; node++)
        {
            float* rows = a[node];
            float* output = c[node];
            for (int row = 0; row < height; row += RowBlock)
            {
                if (Vector512.IsHardwareAccelerated)
                {
                    MultiplyBlock512(rows, inner, b[node], output);
                }
                else
                {
                    MultiplyBlock256(rows, inner, b[node], output);
                }

                rows += RowBlock * (long)inner;
                output += RowBlock * Columns;
            }
        }
    }

    /// <summary>Writes <c>dA[n] = dC[n] · Bᵀ</c> and adds <c>dBᵀ += dC[n]ᵀ · A[n]</c>, n upwards.</summary>
    /// <param name="a">Interfaces, (height, inner) each.</param>
    /// <param name="dc">Gradients, (height, 4) each.</param>
    /// <param name="da">Receive (height, inner) each.</param>
    /// <param name="nodes">The number of nodes, all of one slab.</param>
    /// <param name="height">H.</param>
    /// <param name="inner">R.</param>
    /// <param name="transposed">Bᵀ: (4, stride).</param>
    /// <param name="transposedGradient">dBᵀ: (4, stride).</param>
    /// <param name="stride">The next multiple of 8 from R.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Gradients(float** a, float** dc, float** da, int nodes, int height, int inner, float* transposed, float* transposedGradient, int stride)
    {
        int lane = 0;
        for (; Vector512.IsHardwareAccelerated && lane + 16 <= inner; lane += 16)
        {
            Gradients512(a, dc, da, nodes, height, inner, lane, transposed + lane, transposedGradient + lane, stride);
        }

        for (; lane < inner; lane += 8)
        {
            Gradients256(a, dc, da, nodes, height, inner, lane, Math.Min(8, inner - lane), transposed + lane, transposedGradient + lane, stride);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void MultiplyBlock512(float* a, int inner, float* b, float* c)
    {
        float* a1 = a + inner;
        float* a2 = a1 + inner;
        float* a3 = a2 + inner;
        Vector512<float> sum = Vector512<float>.Zero;
        int r = 0;
        for (; r + 4 <= inner; r += 4)
        {
            Vector512<float> x = Vector512.Create(
                Vector256.Create(Vector128.Load(a + r), Vector128.Load(a1 + r)), Vector256.Create(Vector128.Load(a2 + r), Vector128.Load(a3 + r)));
            sum = Vector512.FusedMultiplyAdd(Vector512.Shuffle(x, Vector512.Create(0, 0, 0, 0, 4, 4, 4, 4, 8, 8, 8, 8, 12, 12, 12, 12)), Vector512.Create(Vector128.Load(b)), sum);
            sum = Vector512.FusedMultiplyAdd(Vector512.Shuffle(x, Vector512.Create(1, 1, 1, 1, 5, 5, 5, 5, 9, 9, 9, 9, 13, 13, 13, 13)), Vector512.Create(Vector128.Load(b + 4)), sum);
            sum = Vector512.FusedMultiplyAdd(Vector512.Shuffle(x, Vector512.Create(2, 2, 2, 2, 6, 6, 6, 6, 10, 10, 10, 10, 14, 14, 14, 14)), Vector512.Create(Vector128.Load(b + 8)), sum);
            sum = Vector512.FusedMultiplyAdd(Vector512.Shuffle(x, Vector512.Create(3, 3, 3, 3, 7, 7, 7, 7, 11, 11, 11, 11, 15, 15, 15, 15)), Vector512.Create(Vector128.Load(b + 12)), sum);
            b += 4 * Columns;
        }

        for (; r < inner; r++)
        {
            Vector512<float> x = Vector512.Create(
                Vector256.Create(Vector128.Create(a[r]), Vector128.Create(a1[r])), Vector256.Create(Vector128.Create(a2[r]), Vector128.Create(a3[r])));
            sum = Vector512.FusedMultiplyAdd(x, Vector512.Create(Vector128.Load(b)), sum);
            b += Columns;
        }

        sum.Store(c);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void MultiplyBlock256(float* a, int inner, float* b, float* c)
    {
        float* a1 = a + inner;
        float* a2 = a1 + inner;
        float* a3 = a2 + inner;
        Vector256<float> low = Vector256<float>.Zero, high = Vector256<float>.Zero;
        int r = 0;
        for (; r + 4 <= inner; r += 4)
        {
            Vector256<float> x = Vector256.Create(Vector128.Load(a + r), Vector128.Load(a1 + r));
            Vector256<float> y = Vector256.Create(Vector128.Load(a2 + r), Vector128.Load(a3 + r));
            Vector256<int> lanes = Vector256.Create(0, 0, 0, 0, 4, 4, 4, 4);
            Vector256<float> slab = Vector256.Create(Vector128.Load(b));
            low = Vector256.FusedMultiplyAdd(Vector256.Shuffle(x, lanes), slab, low);
            high = Vector256.FusedMultiplyAdd(Vector256.Shuffle(y, lanes), slab, high);
            lanes = Vector256.Create(1, 1, 1, 1, 5, 5, 5, 5);
            slab = Vector256.Create(Vector128.Load(b + 4));
            low = Vector256.FusedMultiplyAdd(Vector256.Shuffle(x, lanes), slab, low);
            high = Vector256.FusedMultiplyAdd(Vector256.Shuffle(y, lanes), slab, high);
            lanes = Vector256.Create(2, 2, 2, 2, 6, 6, 6, 6);
            slab = Vector256.Create(Vector128.Load(b + 8));
            low = Vector256.FusedMultiplyAdd(Vector256.Shuffle(x, lanes), slab, low);
            high = Vector256.FusedMultiplyAdd(Vector256.Shuffle(y, lanes), slab, high);
            lanes = Vector256.Create(3, 3, 3, 3, 7, 7, 7, 7);
            slab = Vector256.Create(Vector128.Load(b + 12));
            low = Vector256.FusedMultiplyAdd(Vector256.Shuffle(x, lanes), slab, low);
            high = Vector256.FusedMultiplyAdd(Vector256.Shuffle(y, lanes), slab, high);
            b += 4 * Columns;
        }

        for (; r < inner; r++)
        {
            Vector256<float> slab = Vector256.Create(Vector128.Load(b));
            low = Vector256.FusedMultiplyAdd(Vector256.Create(Vector128.Create(a[r]), Vector128.Create(a1[r])), slab, low);
            high = Vector256.FusedMultiplyAdd(Vector256.Create(Vector128.Create(a2[r]), Vector128.Create(a3[r])), slab, high);
            b += Columns;
        }

        low.Store(c);
        high.Store(c + 8);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Gradients512(float** a, float** dc, float** da, int nodes, int height, int inner, int lane, float* b, float* db, int stride)
    {
        Vector512<float> b0 = Vector512.Load(b), b1 = Vector512.Load(b + stride), b2 = Vector512.Load(b + (2 * stride)), b3 = Vector512.Load(b + (3 * stride));
        Vector512<float> db0 = Vector512.Load(db), db1 = Vector512.Load(db + stride), db2 = Vector512.Load(db + (2 * stride)), db3 = Vector512.Load(db + (3 * stride));
        for (int node = 0; node < nodes; node++)
        {
            float* gradient = dc[node];
            float* row = a[node] + lane;
            float* output = da[node] + lane;
            for (int h = 0; h < height; h++)
            {
                Vector512<float> x = Vector512.Load(row);
                Vector512<float> g = Vector512.Create(gradient[0]);
                db0 = Vector512.FusedMultiplyAdd(g, x, db0);
                Vector512<float> sum = g * b0;
                g = Vector512.Create(gradient[1]);
                db1 = Vector512.FusedMultiplyAdd(g, x, db1);
                sum = Vector512.FusedMultiplyAdd(g, b1, sum);
                g = Vector512.Create(gradient[2]);
                db2 = Vector512.FusedMultiplyAdd(g, x, db2);
                sum = Vector512.FusedMultiplyAdd(g, b2, sum);
                g = Vector512.Create(gradient[3]);
                db3 = Vector512.FusedMultiplyAdd(g, x, db3);
                sum = Vector512.FusedMultiplyAdd(g, b3, sum);
                sum.Store(output);
                gradient += Columns;
                row += inner;
                output += inner;
            }
        }

        db0.Store(db);
        db1.Store(db + stride);
        db2.Store(db + (2 * stride));
        db3.Store(db + (3 * stride));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Gradients256(float** a, float** dc, float** da, int nodes, int height, int inner, int lane, int lanes, float* b, float* db, int stride)
    {
        Vector256<float> b0 = Vector256.Load(b), b1 = Vector256.Load(b + stride), b2 = Vector256.Load(b + (2 * stride)), b3 = Vector256.Load(b + (3 * stride));
        Vector256<float> db0 = Vector256.Load(db), db1 = Vector256.Load(db + stride), db2 = Vector256.Load(db + (2 * stride)), db3 = Vector256.Load(db + (3 * stride));
        for (int node = 0; node < nodes; node++)
        {
            float* gradient = dc[node];
            float* row = a[node] + lane;
            float* output = da[node] + lane;
            for (int h = 0; h < height; h++)
            {
                Vector256<float> x = VectorEnds.Load(row, lanes);
                Vector256<float> g = Vector256.Create(gradient[0]);
                db0 = Vector256.FusedMultiplyAdd(g, x, db0);
                Vector256<float> sum = g * b0;
                g = Vector256.Create(gradient[1]);
                db1 = Vector256.FusedMultiplyAdd(g, x, db1);
                sum = Vector256.FusedMultiplyAdd(g, b1, sum);
                g = Vector256.Create(gradient[2]);
                db2 = Vector256.FusedMultiplyAdd(g, x, db2);
                sum = Vector256.FusedMultiplyAdd(g, b2, sum);
                g = Vector256.Create(gradient[3]);
                db3 = Vector256.FusedMultiplyAdd(g, x, db3);
                sum = Vector256.FusedMultiplyAdd(g, b3, sum);
                VectorEnds.Store(sum, output, lanes);
                gradient += Columns;
                row += inner;
                output += inner;
            }
        }

        db0.Store(db);
        db1.Store(db + stride);
        db2.Store(db + (2 * stride));
        db3.Store(db + (3 * stride));
    }
}
