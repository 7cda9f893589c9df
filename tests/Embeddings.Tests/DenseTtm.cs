using Dlrm.Numerics;

namespace Dlrm.Embeddings.Tests;

/// <summary>The definition of a TT-matrix, in double, entry by entry.</summary>
internal static class DenseTtm
{
    /// <summary>Computes E (Rows, J) from cores in slab storage.</summary>
    internal static double[] Expand(TtmShape shape, float[][] cores)
    {
        double[] table = new double[shape.Rows * shape.EmbeddingDim];
        int[] digits = new int[shape.Order];
        for (long row = 0; row < shape.Rows; row++)
        {
            shape.SplitRow(row, digits);
            double[] interfaces = [1];
            int heads = 1;
            for (int k = 0; k < shape.Order; k++)
            {
                int left = shape.Ranks[k];
                int right = shape.Ranks[k + 1];
                int columns = shape.ColumnModes[k];
                double[] next = new double[heads * columns * right];
                for (int head = 0; head < heads; head++)
                {
                    for (int a = 0; a < left; a++)
                    {
                        for (int c = 0; c < columns * right; c++)
                        {
                            next[(head * columns * right) + c] += interfaces[(head * left) + a] * cores[k][(digits[k] * shape.SlabLength(k)) + (a * columns * right) + c];
                        }
                    }
                }

                interfaces = next;
                heads *= columns;
            }

            interfaces.CopyTo(table, row * shape.EmbeddingDim);
        }

        return table;
    }

    internal static double[] Expand(BayesianTensor tensor) => Expand(((TtmFormat)tensor.Format).Shape, [.. tensor.Means().Select(buffer => buffer.ToArray())]);

    internal static double RelativeError(double[] actual, double[] expected)
    {
        double difference = 0;
        double norm = 0;
        for (int i = 0; i < actual.Length; i++)
        {
            difference += (actual[i] - expected[i]) * (actual[i] - expected[i]);
            norm += expected[i] * expected[i];
        }

        return Math.Sqrt(difference / norm);
    }
}
