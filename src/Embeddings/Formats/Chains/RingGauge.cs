using Dlrm.Numerics;

namespace Dlrm.Embeddings;

/// <summary>Computes a balanced form of a tensor ring.</summary>
/// <remarks>
/// <para>Opened at bond k, the ring is a chain C[a, n, b] with two loop ends. Its Gram matrices Σ C[a, n, b]·C[a, n, b′] and Σ C[a, n, b]·C[a′, n, b], the
/// other end an extra mode, take the place of the two sides of a TT's bond: <see cref="TtmGauge"/>. One core after another is moved, so that each bond
/// sees the present basis of the others. Then every core gets the same energy per entry.</para>
/// </remarks>
internal static class RingGauge
{
    /// <summary>Moves every bond once.</summary>
    /// <param name="format">The format.</param>
    /// <param name="cores">Its cores; arrays may be longer.</param>
    /// <returns>The move; null when the tensor is zero.</returns>
    internal static GaugeMove? Move(RingFormat format, IReadOnlyList<float[]> cores)
    {
        int order = format.Factors.Count;
        BondMap[] maps = new BondMap[order];
        for (int bond = 0; bond < order; bond++)
        {
            int size = format.Ranks[bond];
            double[] left = Identity(size);
            double[] right = Identity(size);
            for (int step = 1; step <= order; step++)
            {
                // The chain opened at this bond runs from core bond + 1 around to core bond.
                int fromLeft = (bond + step) % order;
                int fromRight = (bond + order - step + 1) % order;
                left = InterfaceGrams.LeftGram(SizeOf(format, fromLeft), cores[fromLeft], left);
                right = InterfaceGrams.RightGram(SizeOf(format, fromRight), cores[fromRight], right);
            }

            if (TtmGauge.Map(left, right, size) is not BondMap map)
            {
                return null;
            }

            maps[bond] = map;
        }

        RingFormat after = (RingFormat)format.WithRanks([.. maps.Select(map => map.New)]);
        float[][] moved = new float[order][];
        double[] means = new double[order];
        double target = 1;
        for (int k = 0; k < order; k++)
        {
            moved[k] = GC.AllocateUninitializedArray<float>((int)after.Factors[k].Length);
            AxisMap[] axes = AxisMaps(maps, k);
            ModeProducts.Apply(
                cores[k].AsSpan(0, (int)format.Factors[k].Length), [.. format.Factors[k].Axes.Select(axis => axis.Axis)], [.. axes.Select(map => map.Forward)], [.. axes.Select(map => map.New)], moved[k]);
            means[k] = ModeProducts.Energies(moved[k], new RankAxis(1, 1, moved[k].Length))[0] / moved[k].Length;
            target *= Math.Pow(means[k], 1.0 / order);
        }

        if (!(target > 0) || !double.IsFinite(target))
        {
            return null;
        }

        double carried = 1;
        for (int k = 0; k < order - 1; k++)
        {
            carried *= Math.Sqrt(target / means[k]);
            maps[k] = maps[k].Scaled(carried);
        }

        for (int k = 0; k < order; k++)
        {
            ModeProducts.Scale(moved[k], new RankAxis(1, 1, moved[k].Length), [Math.Sqrt(target / means[k])]);
        }

        return new GaugeMove(after.Ranks, [.. Enumerable.Range(0, order).Select(k => AxisMaps(maps, k))], moved);
    }

    private static AxisMap[] AxisMaps(BondMap[] maps, int k) => [maps[(k + maps.Length - 1) % maps.Length].OfLeftAxis(), maps[k].OfRightAxis()];

    private static CoreSize SizeOf(RingFormat format, int k) =>
        new(format.Shape.RowModes[k], format.Shape.Ranks[k], format.Shape.ColumnModes[k], format.Shape.Ranks[k + 1]);

    private static double[] Identity(int size)
    {
        double[] identity = new double[size * size];
        for (int i = 0; i < size; i++)
        {
            identity[i * (size + 1)] = 1;
        }

        return identity;
    }
}
