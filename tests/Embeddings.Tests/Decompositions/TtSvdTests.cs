using Dlrm.Numerics;
using Dlrm.Numerics.Cpu;

namespace Dlrm.Embeddings.Tests.Decompositions;

/// <summary>The streamed TT-SVD and the rounding of TT-matrices.</summary>
public sealed class TtSvdTests
{
    private const int Seed = 20210405;

    public static TheoryData<int, int[], int[]> Shapes => new()
    {
        { 12, [3, 4], [2, 3] },
        { 24, [2, 3, 4], [2, 2, 2] },
        { 23, [2, 3, 4], [1, 3, 2] },
        { 17, [4, 5], [1, 6] },
        { 30, [30, 1], [1, 8] },
        { 100, [3, 6, 6], [2, 1, 4] },
        { 48, [2, 3, 2, 4], [2, 1, 2, 2] },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Decompose_FullRank_ReproducesEveryEntry(int rows, int[] rowModes, int[] columnModes)
    {
        float[] matrix = RandomMatrix(rows, columnModes, new Random(Seed));

        (TtmTensor tensor, double norm) = Decompose(matrix, rows, rowModes, columnModes, 1000);

        Assert.Equal(Norm(matrix), norm, 1e-6 * norm);
        Assert.True(Distance(tensor, matrix) <= 1e-6 * norm, $"The error is {Distance(tensor, matrix) / norm:e2} of the norm.");
    }

    /// <summary>Truncated at every rank, 200 random matrices: the error never rises with the rank, and the bound holds.</summary>
    [Fact]
    public void Truncate_RanksFromOneUp_ErrorNeverRisesAndIsWithinTheDiscardedValues()
    {
        Random random = new(Seed);
        for (int trial = 0; trial < 200; trial++)
        {
            int[] rowModes = [random.Next(2, 5), random.Next(1, 4), random.Next(2, 5)];
            int[] columnModes = [random.Next(1, 3), random.Next(1, 3), random.Next(1, 4)];
            int rows = rowModes[0] * rowModes[1] * rowModes[2];
            float[] matrix = RandomMatrix(rows, columnModes, random);
            (TtmTensor full, double norm) = Decompose(matrix, rows, rowModes, columnModes, 1000);
            TtmRounding.Orthogonalize(full);
            double previous = double.PositiveInfinity;
            for (int rank = 1; rank <= 6; rank++)
            {
                TtmTensor cut = full.Clone();
                double bound = TtmRounding.Truncate(cut, [rank, rank]);
                double error = Distance(cut, matrix);
                Assert.True(error <= bound + (1e-6 * norm), $"Trial {trial}, rank {rank}: the error {error} is above the bound {bound}.");
                Assert.True(error <= previous + (1e-6 * norm), $"Trial {trial}: the error rises to {error} from {previous} at rank {rank}.");
                previous = error;
            }
        }
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.1)]
    [InlineData(0.01)]
    [InlineData(1e-4)]
    public void Truncate_AskedError_IsMetByTheSmallestRanksOfItsRule(double share)
    {
        Random random = new(Seed);
        float[] matrix = Decaying(240, 12, random);
        (TtmTensor tensor, double norm) = Decompose(matrix, 240, [6, 5, 8], [2, 2, 3], 1000);
        TtmRounding.Orthogonalize(tensor);
        long before = tensor.StoredElements;

        double bound = TtmRounding.Truncate(tensor, share * norm);

        Assert.InRange(bound, 0, share * norm);
        Assert.True(Distance(tensor, matrix) <= (share + 1e-6) * norm, $"Asked {share}, got {Distance(tensor, matrix) / norm}.");
        Assert.True(share < 1e-3 || tensor.StoredElements < before, "Nothing was cut.");
    }

    /// <summary>The error of the streamed sketch is close to that of the exact decomposition.</summary>
    [Fact]
    public void Decompose_SketchedRank_IsNearlyAsGoodAsTheBest()
    {
        float[] matrix = Decaying(4000, 16, new Random(Seed));
        (TtmTensor exact, double norm) = Decompose(matrix, 4000, [16, 16, 16], [2, 2, 4], 1000);
        TtmRounding.Orthogonalize(exact);
        TtmRounding.Truncate(exact, [8, 8]);

        (TtmTensor sketched, _) = Decompose(matrix, 4000, [16, 16, 16], [2, 2, 4], 8);
        TtmRounding.Orthogonalize(sketched);
        TtmRounding.Truncate(sketched, [8, 8]);

        Assert.InRange(Distance(sketched, matrix) / Distance(exact, matrix), 0.98, 1.02);
        Assert.True(Distance(exact, matrix) < 0.9 * norm, "The matrix has no structure to find.");
    }

    /// <summary>Redundant ranks are found: the sum of a tensor with itself has its ranks again.</summary>
    [Fact]
    public void Truncate_RedundantRanks_FindsTheTrueOnes()
    {
        TtmTensor planted = Planted([5, 6, 7], [2, 2, 3], [1, 3, 4, 1], new Random(Seed));
        TtmTensor doubled = Sum(planted, planted);
        Assert.Equal([1, 6, 8, 1], doubled.Ranks);

        TtmRounding.Orthogonalize(doubled);
        double norm = TtmRounding.Norm(doubled);
        TtmRounding.Truncate(doubled, 1e-6 * norm);

        Assert.Equal([1, 3, 4, 1], doubled.Ranks);
        float[] twice = Array.ConvertAll(Rebuild(planted), value => 2 * value);
        Assert.True(Distance(doubled, twice) <= 1e-6 * norm, $"{Distance(doubled, twice) / norm}");
    }

    [Fact]
    public void Spectra_OrderTwo_AreTheSingularValuesOfTheMatrix()
    {
        // Columns of known lengths along orthogonal directions.
        float[] matrix = new float[20 * 3];
        for (int i = 0; i < 20; i++)
        {
            matrix[i * 3] = i < 4 ? 5 : 0;
            matrix[(i * 3) + 1] = i is >= 4 and < 13 ? 1 : 0;
            matrix[(i * 3) + 2] = i == 19 ? 2 : 0;
        }

        (TtmTensor tensor, _) = Decompose(matrix, 20, [20, 1], [1, 3], 1000);
        TtmRounding.Orthogonalize(tensor);

        double[] values = TtmRounding.Spectra(tensor)[0];

        Assert.Equal(10, values[0], 1e-9);
        Assert.Equal(3, values[1], 1e-9);
        Assert.Equal(2, values[2], 1e-9);
    }

    [Fact]
    public void Stored_AndBack_IsTheSameTensor()
    {
        TtmTensor planted = Planted([5, 6, 7], [2, 2, 3], [1, 3, 4, 1], new Random(Seed));

        TtmTensor back = TtmTensor.FromStored(planted.Shape, [.. Enumerable.Range(0, 3).Select(planted.Stored)]);

        for (int k = 0; k < 3; k++)
        {
            Assert.Equal(planted.Cores[k].Select(value => (double)(float)value), back.Cores[k]);
        }
    }

    [Fact]
    public void Decompose_TooLittleMemory_SaysWhatIsNeeded()
    {
        using CpuDevice device = new(1);
        ArrayRows rows = new(new float[1000 * 16], 16);

        OptionsException exception = Assert.Throws<OptionsException>(
            () => StreamingTtSvd.Decompose(device, rows, [10, 10, 10], [2, 2, 4], new TtSvdOptions { MaxRank = 30, MemoryBytes = 1 << 20 }));

        Assert.Contains("MiB are allowed", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void MostRank_AnyMemory_IsTheLargestThatIsNotRefused()
    {
        using CpuDevice device = new(1);
        ArrayRows rows = new(new float[1000 * 16], 16);
        foreach (long memory in (long[])[0, 1 << 19, 1 << 20, 1 << 21, 1 << 22])
        {
            TtSvdOptions options = new() { MaxRank = 40, MemoryBytes = memory };

            int most = StreamingTtSvd.MostRank([10, 10, 10], [2, 2, 4], options);

            if (most > 0)
            {
                StreamingTtSvd.Decompose(device, rows, [10, 10, 10], [2, 2, 4], options with { MaxRank = most });
            }

            if (most < 40)
            {
                Assert.Throws<OptionsException>(() => StreamingTtSvd.Decompose(device, rows, [10, 10, 10], [2, 2, 4], options with { MaxRank = most + 1 }));
            }
        }

        Assert.Equal(0, StreamingTtSvd.MostRank([10, 10, 10], [2, 2, 4], new TtSvdOptions { MaxRank = 40, MemoryBytes = 0 }));
        Assert.Equal(40, StreamingTtSvd.MostRank([10, 10, 10], [2, 2, 4], new TtSvdOptions { MaxRank = 40 }));
    }

    [Fact]
    public void Decompose_NumberNotFinite_IsRefused()
    {
        float[] matrix = RandomMatrix(24, [2, 2, 2], new Random(Seed));
        matrix[17] = float.NaN;

        Assert.Throws<NotFiniteNumberException>(() => Decompose(matrix, 24, [2, 3, 4], [2, 2, 2], 3));
    }

    private static (TtmTensor Tensor, double Norm) Decompose(float[] matrix, int rows, int[] rowModes, int[] columnModes, int maxRank)
    {
        using CpuDevice device = new(1);
        return StreamingTtSvd.Decompose(device, new ArrayRows(matrix, matrix.Length / rows), rowModes, columnModes, new TtSvdOptions { MaxRank = maxRank });
    }

    private static float[] RandomMatrix(int rows, int[] columnModes, Random random)
    {
        float[] matrix = new float[rows * columnModes.Aggregate(1, (product, mode) => product * mode)];
        for (int i = 0; i < matrix.Length; i++)
        {
            matrix[i] = (float)((random.NextDouble() * 2) - 1);
        }

        return matrix;
    }

    /// <summary>A smooth function of row and column and some noise: singular values that fall.</summary>
    private static float[] Decaying(int rows, int columns, Random random)
    {
        float[] matrix = new float[rows * columns];
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
            {
                matrix[(i * columns) + j] = (float)(Math.Sin(0.01 * i * (j + 1)) + Math.Cos(0.3 * (i % 16) * j) + (0.003 * random.NextDouble()));
            }
        }

        return matrix;
    }

    private static double Norm(float[] matrix) => Math.Sqrt(matrix.Sum(value => (double)value * value));

    private static double Distance(TtmTensor tensor, float[] matrix)
    {
        float[] rebuilt = Rebuild(tensor);
        return Math.Sqrt(matrix.Select((value, i) => Math.Pow((double)value - rebuilt[i], 2)).Sum());
    }

    /// <summary>Evaluates every entry by the definition.</summary>
    private static float[] Rebuild(TtmTensor tensor)
    {
        int columns = tensor.ColumnModes.Aggregate(1, (product, mode) => product * mode);
        float[] matrix = new float[tensor.Rows * columns];
        for (int i = 0; i < tensor.Rows; i++)
        {
            for (int j = 0; j < columns; j++)
            {
                matrix[(i * columns) + j] = (float)Entry(tensor, i, j);
            }
        }

        return matrix;
    }

    private static double Entry(TtmTensor tensor, int row, int column)
    {
        double[] right = [1];
        for (int k = tensor.Order - 1; k >= 0; k--)
        {
            (row, int i) = Math.DivRem(row, tensor.RowModes[k]);
            (column, int j) = Math.DivRem(column, tensor.ColumnModes[k]);
            double[] next = new double[tensor.Ranks[k]];
            for (int r = 0; r < next.Length; r++)
            {
                for (int s = 0; s < right.Length; s++)
                {
                    next[r] += tensor.Cores[k][(((((r * tensor.RowModes[k]) + i) * tensor.ColumnModes[k]) + j) * right.Length) + s] * right[s];
                }
            }

            right = next;
        }

        return right[0];
    }

    private static TtmTensor Planted(int[] rowModes, int[] columnModes, int[] ranks, Random random)
    {
        double[][] cores = [.. Enumerable.Range(0, rowModes.Length).Select(k => Enumerable.Range(0, ranks[k] * rowModes[k] * columnModes[k] * ranks[k + 1]).Select(_ => (random.NextDouble() * 2) - 1).ToArray())];
        return new TtmTensor(rowModes.Aggregate(1, (product, mode) => product * mode), rowModes, columnModes, ranks, cores);
    }

    /// <summary>A + B as a TT-matrix of the sums of their ranks: cores side by side.</summary>
    private static TtmTensor Sum(TtmTensor a, TtmTensor b)
    {
        int last = a.Order - 1;
        int[] ranks = [.. a.Ranks.Select((rank, k) => k == 0 || k == a.Order ? 1 : rank + b.Ranks[k])];
        double[][] cores = new double[a.Order][];
        for (int k = 0; k < a.Order; k++)
        {
            int modes = a.RowModes[k] * a.ColumnModes[k];
            cores[k] = new double[ranks[k] * modes * ranks[k + 1]];
            foreach ((TtmTensor part, bool isSecond) in new[] { (a, false), (b, true) })
            {
                for (int r = 0; r < part.Ranks[k]; r++)
                {
                    for (int mode = 0; mode < modes; mode++)
                    {
                        for (int s = 0; s < part.Ranks[k + 1]; s++)
                        {
                            int left = isSecond && k > 0 ? a.Ranks[k] + r : r;
                            int right = isSecond && k < last ? a.Ranks[k + 1] + s : s;
                            cores[k][(((left * modes) + mode) * ranks[k + 1]) + right] += part.Cores[k][(((r * modes) + mode) * part.Ranks[k + 1]) + s];
                        }
                    }
                }
            }
        }

        return new TtmTensor(a.Rows, [.. a.RowModes], [.. a.ColumnModes], ranks, cores);
    }
}
