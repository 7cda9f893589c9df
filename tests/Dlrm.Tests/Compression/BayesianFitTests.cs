using Dlrm.Compression;
using Dlrm.Embeddings;
using Dlrm.Numerics;
using Dlrm.Numerics.Cpu;

namespace Dlrm.Tests.Compression;

/// <summary>A Bayesian fit of weights that exist.</summary>
[Trait("Speed", "Slow")]
public sealed class BayesianFitTests
{
    private const int Rows = 1000;
    private const int Columns = 8;

    /// <summary>The TT-SVD has ranks for the noise; the fit drops them and is nearer to the planted table. Its error bars are those of its error.</summary>
    [Fact]
    public void Of_PlantedTableUnderNoise_FindsTheRanks()
    {
        using CpuDevice device = new(1);
        (float[] truth, float[] noisy) = Planted(device, noise: 0.3);
        TtmTensor start = Start(device, noisy, 10);

        BayesianFit fit = BayesianFit.Of(device, new ArrayRows(noisy, Columns), start, Options());

        Assert.Equal([1, 3, 2, 1], fit.Tensor.Ranks);
        float[] fitted = Rebuild(device, fit.Tensor);
        double error = Distance(fitted, truth);
        Assert.True(error < 0.5 * Distance(Rebuild(device, start), truth), $"{error} after the fit, {Distance(Rebuild(device, start), truth)} before.");
        Assert.Equal(Distance(fitted, noisy) * Distance(fitted, noisy), fit.SquaredError, 0.01 * fit.SquaredError);
        double scale = Math.Sqrt(noisy.Sum(value => (double)value * value) / noisy.Length);
        Assert.InRange(fit.Noise / scale, 0.2, 0.35);
        Assert.All(fit.Deviations, deviations => Assert.All(deviations, deviation => Assert.True(deviation > 0 && double.IsFinite(deviation))));
    }

    /// <summary>Rows that count a hundred times more are fitted better than they are without weights.</summary>
    [Fact]
    public void Of_RowWeights_ServesTheRowsThatCount()
    {
        using CpuDevice device = new(1);
        Random random = new(3);
        float[] table = [.. Enumerable.Range(0, Rows * Columns).Select(_ => (float)(random.NextDouble() - 0.5))];
        TtmTensor start = Start(device, table, 3);
        TensorFitOptions options = Options() with { RankPrior = Options().RankPrior with { PruneEvery = 0 } };
        float[] weights = [.. Enumerable.Range(0, Rows).Select(row => row < 50 ? 100f : 1f)];

        BayesianFit alike = BayesianFit.Of(device, new ArrayRows(table, Columns), start, options);
        BayesianFit weighted = BayesianFit.Of(device, new ArrayRows(table, Columns), start, options, weights);

        double without = Distance(Rebuild(device, alike.Tensor)[..(50 * Columns)], table[..(50 * Columns)]);
        double with = Distance(Rebuild(device, weighted.Tensor)[..(50 * Columns)], table[..(50 * Columns)]);
        Assert.True(with < 0.8 * without, $"The error of the rows that count is {with} with weights, {without} without.");
    }

    [Fact]
    public void Of_WeightsThatAreNone_AreRefused()
    {
        using CpuDevice device = new(1);
        float[] table = [.. Enumerable.Range(0, Rows * Columns).Select(value => (float)value)];
        TtmTensor start = Start(device, table, 2);

        Assert.Contains("1000 rows have 2 weights", Refusal([1, 2]), StringComparison.Ordinal);
        Assert.Contains("none below 0", Refusal([.. Enumerable.Range(0, Rows).Select(row => row == 5 ? -1f : 1f)]), StringComparison.Ordinal);

        string Refusal(float[] weights) => Assert.Throws<ArgumentException>(() => BayesianFit.Of(device, new ArrayRows(table, Columns), start, Options(), weights)).Message;
    }

    private static TensorFitOptions Options() => new()
    {
        Steps = 4000,
        BatchRows = 256,
        Seed = 1,
        Optimizer = new OptimizerOptions { Kind = OptimizerKind.Adam, LearningRate = 0.02 },
        RankPrior = new RankPriorOptions { KlWeight = 1, PruneEvery = 100 },
    };

    private static (float[] Truth, float[] Noisy) Planted(CpuDevice device, double noise)
    {
        LowRankFormat format = LowRankFormats.Create(new LowRankOptions { Format = TensorFormat.Ttm, RowModes = [10, 10, 10], ColumnModes = [2, 2, 2], StartRanks = [3, 2] }, Rows, Columns);
        using BayesianTensor tensor = new(device, "planted", format, new OptimizerOptions(), new RankPriorOptions { Inference = InferenceKind.FixedRanks }, new RandomStream(7, 1), 0.01);
        using TensorEmbeddingBag bag = new(device, tensor, PoolingType.Sum);
        float[] truth = new float[Rows * Columns];
        new BagRows(bag, device).Read(0, Rows, truth);
        double size = Math.Sqrt(truth.Sum(value => (double)value * value) / truth.Length);
        Random random = new(11);
        return (truth, [.. truth.Select(value => (float)(value + (noise * size * Math.Sqrt(3) * ((2 * random.NextDouble()) - 1))))]);
    }

    private static TtmTensor Start(CpuDevice device, float[] table, int rank)
    {
        (TtmTensor start, _) = StreamingTtSvd.Decompose(device, new ArrayRows(table, Columns), [10, 10, 10], [2, 2, 2], new TtSvdOptions { MaxRank = rank });
        TtmRounding.Orthogonalize(start);
        TtmRounding.Truncate(start, [rank, rank]);
        TtmRounding.Orthogonalize(start);
        return start;
    }

    private static float[] Rebuild(CpuDevice device, TtmTensor tensor)
    {
        LowRankFormat format = LowRankFormats.Create(
            new LowRankOptions { Format = TensorFormat.Ttm, RowModes = tensor.RowModes, ColumnModes = tensor.ColumnModes, StartRanks = tensor.Ranks[1..^1] }, Rows, Columns);
        BayesianTensor holder = new(device, "rebuilt", format, new OptimizerOptions(), new RankPriorOptions { Inference = InferenceKind.FixedRanks }, new RandomStream(7, 1), 1);
        using TensorEmbeddingBag bag = new(device, holder, PoolingType.Sum);
        for (int k = 0; k < tensor.Order; k++)
        {
            holder.Means()[k].CopyFrom(tensor.Stored(k));
        }

        float[] rows = new float[Rows * Columns];
        new BagRows(bag, device).Read(0, Rows, rows);
        return rows;
    }

    private static double Distance(float[] a, float[] b) => Math.Sqrt(a.Zip(b, (x, y) => Math.Pow((double)x - y, 2)).Sum());
}
