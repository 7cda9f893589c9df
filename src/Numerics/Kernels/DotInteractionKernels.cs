using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Dlrm.Numerics.Kernels;

/// <summary>Computes the dot interaction of one sample and its gradient.</summary>
/// <remarks>
/// <code>
/// X (F, D): the features      output[0 .. D) = X[0, :]      output[D + i(i−1)/2 + j] = X[i, :]·X[j, :] for j &lt; i
/// S (F, F): symmetric, S[i, j] = outputGradient[D + i(i−1)/2 + j] for j &lt; i, zero diagonal
/// gradient = S·X, plus outputGradient[0 .. D) on row 0
/// </code>
/// <para>Both are small matrix products through <see cref="TileKernels"/>: a tile of X·Xᵀ that crosses the diagonal computes a few products
/// that are thrown away, which is cheaper than summing across lanes.</para>
/// <para>Source: Naumov et al., "Deep Learning Recommendation Model for Personalization and Recommendation Systems", arXiv 1906.00091.</para>
/// </remarks>
internal static unsafe class DotInteractionKernels
{
    /// <summary>Gets the floats of scratch that samples need, one after the other; zero before the first, which stays true where it matters.</summary>
    /// <typeparam name="TLanes">The vector width.</typeparam>
    /// <typeparam name="TVector">The vector.</typeparam>
    /// <param name="count">F.</param>
    /// <param name="dim">D.</param>
    /// <returns>The number of floats.</returns>
    internal static long ScratchLength<TLanes, TVector>(int count, int dim)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        long padded = RoundUp(count, 2 * TLanes.Count);
        return ((long)RoundUp(count, 8) * padded) + Math.Max(dim * padded, (long)count * RoundUp(dim, 2 * TLanes.Count));
    }

    /// <summary>Computes the output of one sample.</summary>
    /// <typeparam name="TLanes">The vector width.</typeparam>
    /// <typeparam name="TVector">The vector.</typeparam>
    /// <param name="features">X.</param>
    /// <param name="count">F.</param>
    /// <param name="dim">D.</param>
    /// <param name="output">Receives D + F(F−1)/2 numbers.</param>
    /// <param name="scratch">Zero, or left by a sample of the same call and shape.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Forward<TLanes, TVector>(float* features, int count, int dim, float* output, float* scratch)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        int panelColumns = 2 * TLanes.Count;
        int padded = RoundUp(count, panelColumns);
        float* products = scratch;
        float* transposed = scratch + (count * padded);
        TransposeKernels.Transpose(features, dim, count, dim, transposed, padded);
        for (int column = 0; column < count; column += panelColumns)
        {
            for (int row = column / TLanes.TileRows * TLanes.TileRows; row < count; row += TLanes.TileRows)
            {
                int rows = Math.Min(TLanes.TileRows, count - row);

                // Rows below `row + rows` need only columns left of it.
                TileKernels.Rows<TLanes, TVector>(rows, Math.Min(panelColumns, row + rows - 1 - column), new Tile
                {
                    A = features + (row * dim),
                    ARow = dim,
                    ADepth = 1,
                    ATile = TLanes.TileRows * dim,
                    B = transposed + column,
                    BDepth = padded,
                    Depth = dim,
                    C = products + (row * padded) + column,
                    CRow = padded,
                });
            }
        }

        CopyShort(features, output, dim);
        output += dim;
        for (int i = 1; i < count; i++)
        {
            CopyShort(products + (i * padded), output, i);
            output += i;
        }
    }

    /// <summary>Computes the gradient of one sample.</summary>
    /// <typeparam name="TLanes">The vector width.</typeparam>
    /// <typeparam name="TVector">The vector.</typeparam>
    /// <param name="features">X.</param>
    /// <param name="count">F.</param>
    /// <param name="dim">D.</param>
    /// <param name="outputGradient">D + F(F−1)/2 numbers.</param>
    /// <param name="gradient">Receives (F, D).</param>
    /// <param name="scratch">Zero, or left by a sample of the same call and shape.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Gradient<TLanes, TVector>(float* features, int count, int dim, float* outputGradient, float* gradient, float* scratch)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        int weightRow = RoundUp(count, 2 * TLanes.Count);
        float* weights = scratch;
        Symmetric(outputGradient + dim, count, weights, weightRow);
        int panelColumns = 2 * TLanes.Count;
        float* b = features;
        int bDepth = dim;
        if (dim % TLanes.Count != 0)
        {
            // Whole vectors of a row's end would read beyond the features.
            b = scratch + (RoundUp(count, 8) * weightRow);
            bDepth = RoundUp(dim, TLanes.Count);
            for (int i = 0; i < count; i++)
            {
                CopyShort(features + (i * dim), b + (i * bDepth), dim);
            }
        }

        for (int column = 0; column < dim; column += panelColumns)
        {
            Tile tile = new()
            {
                A = weights,
                ARow = weightRow,
                ADepth = 1,
                ATile = TLanes.TileRows * weightRow,
                B = b + column,
                BDepth = bDepth,
                Depth = count,
                C = gradient + column,
                CRow = dim,
            };
            GemmKernels.Panel<TLanes, TVector>(tile, count, Math.Min(panelColumns, dim - column));
        }

        for (int j = 0; count > 0 && j < dim; j++)
        {
            gradient[j] += outputGradient[j];
        }
    }

    /// <summary>Computes the output of one sample in double: the definition.</summary>
    /// <param name="features">X, F × D.</param>
    /// <returns>D + F(F−1)/2 numbers.</returns>
    internal static double[] Reference(double[,] features)
    {
        (int count, int dim) = (features.GetLength(0), features.GetLength(1));
        List<double> output = [.. Enumerable.Range(0, dim).Select(j => features[0, j])];
        for (int i = 1; i < count; i++)
        {
            for (int j = 0; j < i; j++)
            {
                output.Add(Enumerable.Range(0, dim).Sum(p => features[i, p] * features[j, p]));
            }
        }

        return [.. output];
    }

    /// <summary>Computes the gradient of one sample in double: the definition.</summary>
    /// <param name="features">X, F × D.</param>
    /// <param name="outputGradient">D + F(F−1)/2 numbers.</param>
    /// <returns>F × D.</returns>
    internal static double[,] ReferenceGradient(double[,] features, ReadOnlySpan<double> outputGradient)
    {
        (int count, int dim) = (features.GetLength(0), features.GetLength(1));
        double[,] gradient = new double[count, dim];
        for (int j = 0; j < dim; j++)
        {
            gradient[0, j] = outputGradient[j];
        }

        int pair = dim;
        for (int i = 1; i < count; i++)
        {
            for (int j = 0; j < i; j++, pair++)
            {
                for (int p = 0; p < dim; p++)
                {
                    gradient[i, p] += outputGradient[pair] * features[j, p];
                    gradient[j, p] += outputGradient[pair] * features[i, p];
                }
            }
        }

        return gradient;
    }

    /// <summary>Unpacks the lower triangle: blocks of eight below the diagonal are copied and transposed whole, those on it element by element.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Symmetric(float* pairs, int count, float* weights, int weightRow)
    {
        for (int block = 0; block < count; block += 8)
        {
            int end = Math.Min(block + 8, count);
            for (int i = block; i < end; i++)
            {
                for (int j = 0; j < block; j += 8)
                {
                    Vector256.Load(pairs + j).Store(weights + (i * weightRow) + j);
                }

                for (int j = block; j < i; j++)
                {
                    float pair = pairs[j];
                    weights[(i * weightRow) + j] = pair;
                    weights[(j * weightRow) + i] = pair;
                }

                pairs += i;
            }

            // Rows beyond the last feature are read as the zeros they are.
            TransposeKernels.Transpose(weights + (block * weightRow), weightRow, 8, block, weights + block, weightRow);
        }
    }

    /// <summary>Copies with whole vectors, the last one overlapping the one before; a library call costs more than these few elements.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void CopyShort(float* source, float* target, int length)
    {
        if (length < 8)
        {
            for (int j = 0; j < length; j++)
            {
                target[j] = source[j];
            }

            return;
        }

        for (int j = 0; j + 8 < length; j += 8)
        {
            Vector256.Load(source + j).Store(target + j);
        }

        Vector256.Load(source + length - 8).Store(target + length - 8);
    }

    private static int RoundUp(int value, int multiple) => (value + multiple - 1) / multiple * multiple;
}
