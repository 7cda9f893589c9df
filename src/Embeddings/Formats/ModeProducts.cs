using System.Buffers;
using System.Runtime.CompilerServices;
using Dlrm.Numerics;

namespace Dlrm.Embeddings;

/// <summary>Products of a factor with small matrices along its axes, in double: how a gauge move is carried out.</summary>
/// <remarks>
/// One block of slabs is worked on at a time, in memory that stays in the cache. Compiled once, optimised: a run calls these too rarely for the run time
/// to find out that they are worth it.
/// </remarks>
public static class ModeProducts
{
    private const int BlockEntries = 8192;

    /// <summary>Computes <c>x′ = x ×_a M_a</c> over some axes a of an array.</summary>
    /// <param name="source">x.</param>
    /// <param name="axes">The axes in the array before.</param>
    /// <param name="matrices">M_a, (R′, R) row-major, for each axis.</param>
    /// <param name="sizes">R′ of each axis.</param>
    /// <param name="result">Receives x′; exactly as long as it is.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Apply(ReadOnlySpan<float> source, ReadOnlySpan<RankAxis> axes, ReadOnlySpan<double[]> matrices, ReadOnlySpan<int> sizes, Span<float> result)
    {
        if (axes.Length == 0)
        {
            source.CopyTo(result);
            return;
        }

        long slabs = axes[0].Outer;
        foreach (RankAxis axis in axes)
        {
            slabs = Math.Min(slabs, axis.Outer);
        }

        int slab = (int)(source.Length / slabs);
        int newSlab = (int)(result.Length / slabs);
        int block = (int)Math.Clamp(BlockEntries / slab, 1, slabs);
        double[][] prepared = new double[axes.Length][];
        int largest = slab;
        int current = slab;
        for (int a = 0; a < axes.Length; a++)
        {
            prepared[a] = axes[a].Inner == 1 ? SmallMatrices.Transposed(matrices[a], sizes[a], axes[a].Size) : matrices[a];
            current = current / axes[a].Size * sizes[a];
            largest = Math.Max(largest, current);
        }

        double[] from = ArrayPool<double>.Shared.Rent(block * largest);
        double[] to = ArrayPool<double>.Shared.Rent(block * largest);
        for (long first = 0; first < slabs; first += block)
        {
            int count = (int)Math.Min(block, slabs - first);
            int length = count * slab;
            SmallMatrices.Widen(source.Slice((int)first * slab, length), from);
            for (int a = 0; a < axes.Length; a++)
            {
                int inner = (int)axes[a].Inner;
                for (int b = 0; b < a; b++)
                {
                    inner = axes[b].Inner < axes[a].Inner ? inner / axes[b].Size * sizes[b] : inner;
                }

                int outer = length / (inner * axes[a].Size);
                int newLength = outer * inner * sizes[a];
                Multiply(from.AsSpan(0, length), outer, axes[a].Size, inner, prepared[a], sizes[a], axes[a].Inner == 1, to.AsSpan(0, newLength));
                length = newLength;
                (from, to) = (to, from);
            }

            Span<float> target = result.Slice((int)first * newSlab, length);
            for (int i = 0; i < target.Length; i++)
            {
                target[i] = (float)from[i];
            }
        }

        ArrayPool<double>.Shared.Return(from);
        ArrayPool<double>.Shared.Return(to);
    }

    /// <summary>Multiplies component r of an axis by a number, in place.</summary>
    /// <param name="values">The array.</param>
    /// <param name="axis">The axis.</param>
    /// <param name="scales">One number for each component.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Scale(Span<float> values, RankAxis axis, ReadOnlySpan<double> scales)
    {
        int inner = (int)axis.Inner;
        int next = 0;
        for (long o = 0; o < axis.Outer; o++)
        {
            for (int r = 0; r < scales.Length; r++)
            {
                float scale = (float)scales[r];
                for (int end = next + inner; next < end; next++)
                {
                    values[next] *= scale;
                }
            }
        }
    }

    /// <summary>Sums the squares of each component's entries.</summary>
    /// <param name="values">The array.</param>
    /// <param name="axis">The axis.</param>
    /// <returns>One sum for each component.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double[] Energies(ReadOnlySpan<float> values, RankAxis axis)
    {
        double[] energies = new double[axis.Size];
        int inner = (int)axis.Inner;
        int next = 0;
        for (long o = 0; o < axis.Outer; o++)
        {
            for (int r = 0; r < energies.Length; r++)
            {
                double sum = energies[r];
                for (int end = next + inner; next < end; next++)
                {
                    sum += (double)values[next] * values[next];
                }

                energies[r] = sum;
            }
        }

        return energies;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply(ReadOnlySpan<double> x, int outer, int size, int inner, ReadOnlySpan<double> matrix, int newSize, bool isInnermost, Span<double> result)
    {
        if (isInnermost)
        {
            SmallMatrices.MultiplyRight(x, size, matrix, newSize, result);
            return;
        }

        for (int o = 0; o < outer; o++)
        {
            ReadOnlySpan<double> block = x.Slice(o * size * inner, size * inner);
            for (int c = 0; c < newSize; c++)
            {
                SmallMatrices.Combine(matrix.Slice(c * size, size), block, result.Slice(((o * newSize) + c) * inner, inner));
            }
        }
    }
}
