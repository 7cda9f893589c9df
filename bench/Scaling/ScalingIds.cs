namespace Dlrm.Bench.Scaling;

/// <summary>Draws the batches of a point; the same for the same point.</summary>
internal static class ScalingIds
{
    private const int Seed = 20210405;
    private const int Ids = 65_536;
    private const int LeastBatches = 4;
    private const int MostBatches = 1024;

    /// <summary>Draws batches, so many that small ones do not find what they need in the nearest cache.</summary>
    /// <param name="point">The point.</param>
    /// <returns>The batches.</returns>
    internal static long[][] Draw(ScalingPoint point)
    {
        Random random = new(Seed);
        int batches = Math.Clamp(Ids / point.Batch, LeastBatches, MostBatches);
        return [.. Enumerable.Range(0, batches).Select(_ => point.DistinctShare > 0 ? Repeated(random, point) : Uniform(random, point.Rows, point.Batch))];
    }

    private static long[] Uniform(Random random, long rows, int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextInt64(rows))];

    /// <summary>Takes distinct uniform ids once each, fills up with repetitions of them, and shuffles.</summary>
    private static long[] Repeated(Random random, ScalingPoint point)
    {
        int distinct = Math.Max(1, (int)Math.Round(point.DistinctShare * point.Batch));
        HashSet<long> seen = [];
        while (seen.Count < distinct)
        {
            seen.Add(random.NextInt64(point.Rows));
        }

        long[] once = [.. seen];
        long[] ids = [.. once, .. Enumerable.Range(0, point.Batch - distinct).Select(_ => once[random.Next(distinct)])];
        random.Shuffle(ids);
        return ids;
    }
}
