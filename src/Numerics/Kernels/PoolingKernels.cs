using System.Numerics;
using System.Runtime.CompilerServices;

namespace Dlrm.Numerics.Kernels;

/// <summary>Sums weighted rows of a matrix: pooling of bags and gradients of rows.</summary>
internal static unsafe class PoolingKernels
{
    /// <summary>Computes <c>destination[j] = scale · Σ_t weights[t] · rows[t][j]</c>, t ascending.</summary>
    /// <remarks>Columns go in blocks of four vectors whose sums stay in registers; a missing weight is 1.</remarks>
    /// <typeparam name="TSource">Where the rows are and what they weigh.</typeparam>
    /// <param name="source">The rows.</param>
    /// <param name="first">The first t.</param>
    /// <param name="end">After the last t.</param>
    /// <param name="scale">Multiplies the sum.</param>
    /// <param name="columns">The length of a row.</param>
    /// <param name="destination">Receives the sum; zeros when there is no row.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Sum<TSource>(TSource source, int first, int end, float scale, int columns, float* destination)
        where TSource : struct, IWeightedRows
    {
        int width = Vector<float>.Count;
        int j = 0;
        for (; j + (4 * width) <= columns; j += 4 * width)
        {
            Vector<float> s0 = Vector<float>.Zero, s1 = s0, s2 = s0, s3 = s0;
            for (int t = first; t < end; t++)
            {
                float* row = source.Row(t) + j;
                Vector<float> weight = new(source.Weight(t));
                s0 += weight * Vector.Load(row);
                s1 += weight * Vector.Load(row + width);
                s2 += weight * Vector.Load(row + (2 * width));
                s3 += weight * Vector.Load(row + (3 * width));
            }

            (s0 * scale).Store(destination + j);
            (s1 * scale).Store(destination + j + width);
            (s2 * scale).Store(destination + j + (2 * width));
            (s3 * scale).Store(destination + j + (3 * width));
        }

        for (; j + width <= columns; j += width)
        {
            Vector<float> sum = Vector<float>.Zero;
            for (int t = first; t < end; t++)
            {
                sum += new Vector<float>(source.Weight(t)) * Vector.Load(source.Row(t) + j);
            }

            (sum * scale).Store(destination + j);
        }

        for (; j < columns; j++)
        {
            float sum = 0;
            for (int t = first; t < end; t++)
            {
                sum += source.Weight(t) * source.Row(t)[j];
            }

            destination[j] = sum * scale;
        }
    }

    /// <summary>Pools bags in double: the definition.</summary>
    /// <param name="rows">The table.</param>
    /// <param name="bags">The bags.</param>
    /// <param name="pooling">Sum or mean.</param>
    /// <returns>B × D.</returns>
    internal static double[,] Reference(double[,] rows, JaggedIndices bags, PoolingType pooling)
    {
        double[,] output = new double[bags.Bags, rows.GetLength(1)];
        for (int b = 0; b < bags.Bags; b++)
        {
            int length = bags.Offsets[b + 1] - bags.Offsets[b];
            for (int i = bags.Offsets[b]; i < bags.Offsets[b + 1]; i++)
            {
                double weight = (bags.IsWeighted ? bags.Weights[i] : 1.0) / (pooling == PoolingType.Mean ? length : 1);
                for (int j = 0; j < rows.GetLength(1); j++)
                {
                    output[b, j] += weight * rows[bags.Indices[i], j];
                }
            }
        }

        return output;
    }

    /// <summary>Computes the gradient of every row of the table in double: the definition.</summary>
    /// <param name="tableRows">The number of rows.</param>
    /// <param name="bags">The bags.</param>
    /// <param name="pooling">Sum or mean.</param>
    /// <param name="outputGradient">B × D.</param>
    /// <returns>Rows × D.</returns>
    internal static double[,] ReferenceGradient(int tableRows, JaggedIndices bags, PoolingType pooling, double[,] outputGradient)
    {
        double[,] gradient = new double[tableRows, outputGradient.GetLength(1)];
        for (int b = 0; b < bags.Bags; b++)
        {
            int length = bags.Offsets[b + 1] - bags.Offsets[b];
            for (int i = bags.Offsets[b]; i < bags.Offsets[b + 1]; i++)
            {
                double weight = (bags.IsWeighted ? bags.Weights[i] : 1.0) / (pooling == PoolingType.Mean ? length : 1);
                for (int j = 0; j < outputGradient.GetLength(1); j++)
                {
                    gradient[bags.Indices[i], j] += weight * outputGradient[b, j];
                }
            }
        }

        return gradient;
    }
}
