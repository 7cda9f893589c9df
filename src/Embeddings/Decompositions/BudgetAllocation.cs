namespace Dlrm.Embeddings;

/// <summary>Shares bytes among tensors so that the sum of their errors is the least: each takes the point of its curve where a byte buys as much as everywhere else.</summary>
/// <remarks>
/// <code>
/// minimise Σ_t w[t]·error[t](p[t])  with  Σ_t bytes[t](p[t]) ≤ B
/// the lower convex hull of every curve; its edges by falling slope w·Δerror / Δbytes are taken while they fit
/// </code>
/// <para>On the hulls that is exact, but for the last edge; what is left then goes to the points that still fit, the greatest saving first.</para>
/// <para>Source: Everett, "Generalized Lagrange multiplier method for solving problems of optimum allocation of resources", Operations Research 1963.</para>
/// </remarks>
public static class BudgetAllocation
{
    /// <summary>Chooses a point of every curve.</summary>
    /// <param name="curves">For each tensor its points, in any order, at least one.</param>
    /// <param name="weights">What an error of a tensor counts: w.</param>
    /// <param name="bytes">B.</param>
    /// <returns>The chosen points, or null when even the smallest of all together need more.</returns>
    public static IReadOnlyList<CompressionPoint>? Choose(IReadOnlyList<IReadOnlyList<CompressionPoint>> curves, IReadOnlyList<double> weights, long bytes)
    {
        ArgumentNullException.ThrowIfNull(curves);
        ArgumentNullException.ThrowIfNull(weights);
        List<CompressionPoint>[] hulls = [.. curves.Select(Hull)];
        int[] chosen = new int[hulls.Length];
        long left = bytes - hulls.Sum(hull => hull[0].Bytes);
        if (left < 0)
        {
            return null;
        }

        PriorityQueue<int, double> edges = new();
        for (int t = 0; t < hulls.Length; t++)
        {
            Offer(edges, hulls, chosen, weights, t);
        }

        while (edges.TryDequeue(out int t, out _))
        {
            long more = hulls[t][chosen[t] + 1].Bytes - hulls[t][chosen[t]].Bytes;
            if (more <= left)
            {
                left -= more;
                chosen[t]++;
                Offer(edges, hulls, chosen, weights, t);
            }
        }

        CompressionPoint[] points = [.. hulls.Select((hull, t) => hull[chosen[t]])];
        Fill(curves, weights, points, left);
        return points;
    }

    /// <summary>Finds the points of which no mixture of two others is better.</summary>
    /// <param name="curve">Points in any order.</param>
    /// <returns>Those of the hull, bytes rising, errors and slopes falling.</returns>
    public static List<CompressionPoint> Hull(IReadOnlyList<CompressionPoint> curve)
    {
        ArgumentNullException.ThrowIfNull(curve);
        List<CompressionPoint> hull = [];
        foreach (CompressionPoint point in curve.OrderBy(point => point.Bytes).ThenBy(point => point.SquaredError))
        {
            if (hull.Count > 0 && point.SquaredError >= hull[^1].SquaredError)
            {
                continue;
            }

            while (hull.Count > 1 && Slope(hull[^2], point) >= Slope(hull[^2], hull[^1]))
            {
                hull.RemoveAt(hull.Count - 1);
            }

            hull.Add(point);
        }

        return hull;
    }

    private static double Slope(CompressionPoint from, CompressionPoint to) => (from.SquaredError - to.SquaredError) / Math.Max(to.Bytes - from.Bytes, 1);

    private static void Offer(PriorityQueue<int, double> edges, List<CompressionPoint>[] hulls, int[] chosen, IReadOnlyList<double> weights, int t)
    {
        if (chosen[t] + 1 < hulls[t].Count)
        {
            edges.Enqueue(t, -weights[t] * Slope(hulls[t][chosen[t]], hulls[t][chosen[t] + 1]));
        }
    }

    private static void Fill(IReadOnlyList<IReadOnlyList<CompressionPoint>> curves, IReadOnlyList<double> weights, CompressionPoint[] points, long left)
    {
        while (true)
        {
            (int tensor, CompressionPoint? best, double saving) = (-1, null, 0);
            for (int t = 0; t < points.Length; t++)
            {
                foreach (CompressionPoint point in curves[t])
                {
                    double saved = weights[t] * (points[t].SquaredError - point.SquaredError);
                    if (point.Bytes - points[t].Bytes <= left && saved > saving)
                    {
                        (tensor, best, saving) = (t, point, saved);
                    }
                }
            }

            if (best is null)
            {
                return;
            }

            left -= best.Bytes - points[tensor].Bytes;
            points[tensor] = best;
        }
    }
}
