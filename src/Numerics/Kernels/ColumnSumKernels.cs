using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Dlrm.Numerics.Kernels;

/// <summary>Sums the rows of a matrix: <c>destination[j] = Σ_i source[i, j] + (accumulate ? destination[j] : 0)</c>.</summary>
/// <remarks>Order: i ascending; chunks of <see cref="ChunkRows"/> rows in float, chunks summed in double, rounded once at the end.</remarks>
internal static unsafe class ColumnSumKernels
{
    /// <summary>Columns of one block: four vectors.</summary>
    internal const int BlockColumns = 32;

    /// <summary>Rows that are summed in float.</summary>
    internal const int ChunkRows = 32;

    /// <summary>Sums up to 32 columns.</summary>
    /// <param name="source">Element (0, 0).</param>
    /// <param name="stride">Elements between rows.</param>
    /// <param name="rows">The number of rows.</param>
    /// <param name="columns">The number of columns, at most <see cref="BlockColumns"/>.</param>
    /// <param name="destination">Receives the sums.</param>
    /// <param name="accumulate">Whether the destination is added to.</param>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Block(float* source, nint stride, int rows, int columns, float* destination, bool accumulate)
    {
        double* totals = stackalloc double[BlockColumns];
        float* chunk = stackalloc float[BlockColumns];
        for (int j = 0; j < columns; j++)
        {
            totals[j] = accumulate ? destination[j] : 0;
        }

        for (int first = 0; first < rows; first += ChunkRows)
        {
            int end = Math.Min(first + ChunkRows, rows);
            if (columns == BlockColumns)
            {
                Vector256<float> s0 = Vector256<float>.Zero, s1 = s0, s2 = s0, s3 = s0;
                for (int i = first; i < end; i++)
                {
                    float* row = source + (i * stride);
                    s0 += Vector256.Load(row);
                    s1 += Vector256.Load(row + 8);
                    s2 += Vector256.Load(row + 16);
                    s3 += Vector256.Load(row + 24);
                }

                s0.Store(chunk);
                s1.Store(chunk + 8);
                s2.Store(chunk + 16);
                s3.Store(chunk + 24);
            }
            else
            {
                new Span<float>(chunk, columns).Clear();
                for (int i = first; i < end; i++)
                {
                    int j = 0;
                    for (; j + 8 <= columns; j += 8)
                    {
                        (Vector256.Load(chunk + j) + Vector256.Load(source + (i * stride) + j)).Store(chunk + j);
                    }

                    for (; j < columns; j++)
                    {
                        chunk[j] += source[(i * stride) + j];
                    }
                }
            }

            for (int j = 0; j < columns; j++)
            {
                totals[j] += chunk[j];
            }
        }

        for (int j = 0; j < columns; j++)
        {
            destination[j] = (float)totals[j];
        }
    }

    /// <summary>Sums in double: the definition.</summary>
    /// <param name="source">The matrix.</param>
    /// <param name="before">What is added to, or empty.</param>
    /// <returns>The sums.</returns>
    internal static double[] Reference(double[,] source, ReadOnlySpan<double> before)
    {
        double[] sums = new double[source.GetLength(1)];
        for (int j = 0; j < sums.Length; j++)
        {
            sums[j] = before.IsEmpty ? 0 : before[j];
            for (int i = 0; i < source.GetLength(0); i++)
            {
                sums[j] += source[i, j];
            }
        }

        return sums;
    }
}
