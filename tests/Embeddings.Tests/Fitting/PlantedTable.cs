using Dlrm.Numerics;

namespace Dlrm.Embeddings.Tests.Fitting;

/// <summary>A random TT-matrix table of known ranks with entries of unit variance, seen in part and under noise.</summary>
internal sealed class PlantedTable
{
    internal PlantedTable(int[] rowModes, int[] columnModes, int[] bondRanks, double noise, double seen, ulong seed)
    {
        int rows = rowModes.Aggregate((product, mode) => product * mode);
        Shape = new TtmShape(rows, rowModes, columnModes, [1, .. bondRanks, 1]);
        RandomStream stream = new RandomStream(seed, 0).Derive(99);
        Random random = new((int)seed);
        float[][] cores = new float[Shape.Order][];
        for (int k = 0; k < cores.Length; k++)
        {
            cores[k] = new float[Shape.CoreLength(k)];
            for (int i = 0; i < cores[k].Length; i++)
            {
                cores[k][i] = (float)Normal(random);
            }
        }

        double[] table = DenseTtm.Expand(Shape, cores);
        double scale = 1 / Math.Sqrt(table.Sum(value => value * value) / table.Length);
        Table = Array.ConvertAll(table, value => value * scale);
        long[] ids = [.. Enumerable.Range(0, rows).Select(id => (long)id)];
        random.Shuffle(ids);
        SeenRows = ids[..(int)(rows * seen)];
        UnseenRows = ids[SeenRows.Length..];
        int dim = Shape.EmbeddingDim;
        Observed = new float[SeenRows.Length * dim];
        for (int n = 0; n < SeenRows.Length; n++)
        {
            for (int j = 0; j < dim; j++)
            {
                Observed[(n * dim) + j] = (float)(Table[(SeenRows[n] * dim) + j] + (noise * Normal(random)));
            }
        }
    }

    internal TtmShape Shape { get; }

    internal double[] Table { get; }

    internal long[] SeenRows { get; }

    internal long[] UnseenRows { get; }

    internal float[] Observed { get; }

    /// <summary>Computes the root mean square error on unseen rows, relative to the unit entries.</summary>
    internal double UnseenError(BayesianTensor tensor)
    {
        double[] table = tensor.IsZero ? new double[Table.Length] : DenseTtm.Expand(tensor);
        int dim = Shape.EmbeddingDim;
        double sum = 0;
        foreach (long row in UnseenRows)
        {
            for (int j = 0; j < dim; j++)
            {
                double difference = table[(row * dim) + j] - Table[(row * dim) + j];
                sum += difference * difference;
            }
        }

        return Math.Sqrt(sum / (UnseenRows.Length * dim));
    }

    private static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
