using Dlrm.Numerics.Cpu;

namespace Dlrm.Embeddings.Tests.Decompositions;

/// <summary>Sharing bytes among tensors.</summary>
public sealed class BudgetAllocationTests
{
    private const int Seed = 20210405;

    /// <summary>Against every combination: never more bytes than allowed, and an error above the best by less than the one edge of a hull that did not fit.</summary>
    [Fact]
    public void Choose_SmallCurves_IsNearTheBestOfAllCombinations()
    {
        Random random = new(Seed);
        int exact = 0;
        for (int trial = 0; trial < 100; trial++)
        {
            CompressionPoint[][] curves = [.. Enumerable.Range(0, 3).Select(_ => Curve(random))];
            double[] weights = [1, 2, 0.5];
            long budget = curves.Sum(curve => curve[0].Bytes) + random.Next(0, 60);

            IReadOnlyList<CompressionPoint>? chosen = BudgetAllocation.Choose(curves, weights, budget);

            Assert.NotNull(chosen);
            Assert.True(chosen.Sum(point => point.Bytes) <= budget, $"Trial {trial}: {chosen.Sum(point => point.Bytes)} bytes of {budget}.");
            double error = chosen.Select((point, t) => weights[t] * point.SquaredError).Sum();
            double best = Best(curves, weights, budget);
            double edge = curves.Select((curve, t) => weights[t] * LongestEdge(BudgetAllocation.Hull(curve))).Max();
            Assert.True(error <= best + edge + 1e-9, $"Trial {trial}: {error} where {best} is possible, and no edge saves more than {edge}.");
            exact += error <= best + 1e-9 ? 1 : 0;
        }

        Assert.True(exact >= 60, $"Only {exact} of 100 are the best.");
    }

    [Fact]
    public void Choose_LessThanTheLeast_IsNull()
    {
        CompressionPoint[][] curves = [[new("a", 10, 1, [])], [new("b", 20, 1, [])]];

        Assert.Null(BudgetAllocation.Choose(curves, [1, 1], 29));
        Assert.NotNull(BudgetAllocation.Choose(curves, [1, 1], 30));
    }

    [Fact]
    public void Hull_PointAboveALine_IsLeftOut()
    {
        CompressionPoint[] curve = [new("least", 1, 10, []), new("above", 2, 9, []), new("most", 3, 1, []), new("worse", 4, 2, [])];

        Assert.Equal(["least", "most"], BudgetAllocation.Hull(curve).Select(point => point.Method));
    }

    /// <summary>Along the curve bytes rise, errors fall, and every predicted error is an upper bound that the truncation keeps.</summary>
    [Fact]
    public void Curve_OfATensor_IsMonotoneAndItsErrorsHold()
    {
        Random random = new(Seed);
        float[] matrix = new float[120 * 8];
        for (int i = 0; i < matrix.Length; i++)
        {
            matrix[i] = (float)(Math.Sin(0.05 * (i / 8) * ((i % 8) + 1)) + (0.1 * random.NextDouble()));
        }

        using CpuDevice device = new(1);
        (TtmTensor tensor, double norm) = StreamingTtSvd.Decompose(device, new ArrayRows(matrix, 8), [4, 5, 6], [2, 2, 2], new TtSvdOptions { MaxRank = 100 });
        TtmRounding.Orthogonalize(tensor);

        long Bytes(IReadOnlyList<int> ranks) => 4 * ((8L * ranks[0]) + (ranks[0] * 10L * ranks[1]) + (ranks[1] * 12L));
        IReadOnlyList<CompressionPoint> curve = CompressionCurve.Of(tensor, 0, Bytes, long.MaxValue);

        Assert.True(curve.Count > 10, $"There are {curve.Count} points.");
        for (int p = 1; p < curve.Count; p++)
        {
            Assert.True(curve[p].Bytes > curve[p - 1].Bytes && curve[p].SquaredError <= curve[p - 1].SquaredError, $"Point {p} is not better than the one before.");
        }

        Assert.InRange(curve[^1].SquaredError, 0, 1e-10 * norm * norm);
        foreach (CompressionPoint point in curve.Where((_, p) => p % 5 == 0))
        {
            TtmTensor cut = tensor.Clone();
            double bound = TtmRounding.Truncate(cut, point.Ranks);
            Assert.True(bound * bound <= point.SquaredError + (1e-10 * norm * norm), $"Ranks {string.Join(',', point.Ranks)}: {bound * bound} against {point.SquaredError}.");
            Assert.Equal(point.Bytes, 4 * cut.StoredElements);
        }
    }

    private static double LongestEdge(List<CompressionPoint> hull) => hull.Zip(hull.Skip(1), (left, right) => left.SquaredError - right.SquaredError).DefaultIfEmpty().Max();

    private static CompressionPoint[] Curve(Random random)
    {
        List<CompressionPoint> points = [];
        long bytes = random.Next(1, 10);
        double error = 10 + (10 * random.NextDouble());
        for (int p = 0; p < 6; p++)
        {
            points.Add(new CompressionPoint("m", bytes, error, []));
            bytes += random.Next(1, 15);
            error *= random.NextDouble();
        }

        return [.. points];
    }

    private static double Best(CompressionPoint[][] curves, double[] weights, long budget)
    {
        double best = double.PositiveInfinity;
        foreach (CompressionPoint a in curves[0])
        {
            foreach (CompressionPoint b in curves[1])
            {
                foreach (CompressionPoint c in curves[2].Where(c => a.Bytes + b.Bytes + c.Bytes <= budget))
                {
                    best = Math.Min(best, (weights[0] * a.SquaredError) + (weights[1] * b.SquaredError) + (weights[2] * c.SquaredError));
                }
            }
        }

        return best;
    }
}
