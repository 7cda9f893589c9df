using Dlrm.Numerics;

namespace Dlrm.Embeddings;

/// <summary>Computes the balanced canonical form of a TT-matrix: why λ can see ranks.</summary>
/// <remarks>
/// <para>A bond can be rotated and rescaled freely without changing the tensor. Cut at a bond, the tensor is L·Rᵀ with left interfaces L and right
/// interfaces R. With their Gram matrices LᵀL = PᵀP and RᵀR = QQᵀ and the SVD P·Q = U S Vᵀ, the map</para>
/// <code>T = Q V S^(−1/2)      T⁻¹ = S^(−1/2) Uᵀ P</code>
/// <para>makes both sides orthogonal with squared column norms S: energy is on the diagonal and ordered. T·T⁻¹ = 1 holds for whatever square P and Q,
/// so that errors of the Gram matrices move the gauge, never the tensor. Gram matrices are R × R and are built by one pass over the cores, in double.</para>
/// <para>Components with s &lt; 1e-7·s₀ are dropped.</para>
/// <para>Source: Luttinen and Ilin, "Transformations in variational Bayesian factor analysis to speed up learning", Neurocomputing 2010, for the idea;
/// Oseledets, "Tensor-train decomposition", SIAM J. Sci. Comput. 2011, for canonical forms.</para>
/// </remarks>
internal static class TtmGauge
{
    private const double Threshold = 1e-7;
    private const double RootThreshold = 1e-16;

    /// <summary>Moves the cores to the balanced canonical form, then to scales of equal energy.</summary>
    /// <param name="shape">The shape.</param>
    /// <param name="cores">d cores in slab storage; arrays may be longer.</param>
    /// <returns>The move; null when the tensor is zero.</returns>
    internal static GaugeMove? Move(TtmShape shape, IReadOnlyList<float[]> cores)
    {
        if (CanonicalMaps(shape, cores) is not BondMap[] maps)
        {
            return null;
        }

        TtmFormat before = new(shape);
        TtmFormat after = new(shape.WithRanks([1, .. maps.Select(map => map.New), 1]));
        float[][] moved = new float[shape.Order][];
        for (int k = 0; k < moved.Length; k++)
        {
            AxisMap[] axes = AxisMaps(maps, k);
            moved[k] = GC.AllocateUninitializedArray<float>((int)after.Factors[k].Length);
            ModeProducts.Apply(
                cores[k].AsSpan(0, (int)before.Factors[k].Length),
                [.. before.Factors[k].Axes.Select(axis => axis.Axis)],
                [.. axes.Select(map => map.Forward)],
                [.. axes.Select(map => map.New)],
                moved[k]);
        }

        maps = GaugeScales.Scale(after, moved, maps);
        return new GaugeMove(after.Ranks, [.. Enumerable.Range(0, shape.Order).Select(k => AxisMaps(maps, k))], moved);
    }

    /// <summary>Lists the maps of core k in the order of its axes: left bond, right bond.</summary>
    private static AxisMap[] AxisMaps(BondMap[] maps, int k) =>
        k == 0 ? [maps[0].OfRightAxis()] : k == maps.Length ? [maps[k - 1].OfLeftAxis()] : [maps[k - 1].OfLeftAxis(), maps[k].OfRightAxis()];

    private static BondMap[]? CanonicalMaps(TtmShape shape, IReadOnlyList<float[]> cores)
    {
        int order = shape.Order;
        double[][] left = new double[order + 1][];
        double[][] right = new double[order + 1][];
        left[0] = [1];
        right[order] = [1];
        for (int k = 0; k < order - 1; k++)
        {
            left[k + 1] = InterfaceGrams.LeftGram(SizeOf(shape, k), cores[k], left[k]);
        }

        for (int k = order - 1; k > 0; k--)
        {
            right[k] = InterfaceGrams.RightGram(SizeOf(shape, k), cores[k], right[k + 1]);
        }

        BondMap[] maps = new BondMap[order - 1];
        for (int bond = 0; bond < order - 1; bond++)
        {
            if (Map(left[bond + 1], right[bond + 1], shape.Ranks[bond + 1]) is not BondMap map)
            {
                return null;
            }

            maps[bond] = map;
        }

        return maps;
    }

    private static CoreSize SizeOf(TtmShape shape, int k) => new(shape.RowModes[k], shape.Ranks[k], shape.ColumnModes[k], shape.Ranks[k + 1]);

    /// <summary>Computes T of one bond from the Gram matrices of its two sides; null when one of them is zero.</summary>
    internal static BondMap? Map(double[] left, double[] right, int size)
    {
        double[] p = Root(left, size);
        double[] q = Root(right, size);
        int rows = p.Length / size;
        int columns = q.Length / size;
        if (rows == 0 || columns == 0)
        {
            return null;
        }

        double[] product = new double[rows * columns];
        for (int j = 0; j < columns; j++)
        {
            for (int i = 0; i < rows; i++)
            {
                for (int r = 0; r < size; r++)
                {
                    product[(j * rows) + i] += p[(i * size) + r] * q[(j * size) + r];
                }
            }
        }

        JacobiDecomposition decomposition = new(product, rows, columns);
        int kept = Count(decomposition.Values, Threshold);
        if (kept == 0)
        {
            return null;
        }

        double[] toRight = new double[size * kept];
        double[] toLeft = new double[kept * size];
        for (int c = 0; c < kept; c++)
        {
            double value = decomposition.Values[c];
            ReadOnlySpan<double> u = decomposition.ScaledLeft(c);
            ReadOnlySpan<double> v = decomposition.Right(c);
            for (int r = 0; r < size; r++)
            {
                double sum = 0;
                for (int j = 0; j < columns; j++)
                {
                    sum += q[(j * size) + r] * v[j];
                }

                toRight[(r * kept) + c] = sum / Math.Sqrt(value);
                sum = 0;
                for (int i = 0; i < rows; i++)
                {
                    sum += u[i] * p[(i * size) + r];
                }

                toLeft[(c * size) + r] = sum / (value * Math.Sqrt(value));
            }
        }

        return new BondMap(size, kept, toRight, toLeft);
    }

    /// <summary>Computes P with PᵀP = gram, row by row, from the eigenvalues above rounding; empty for a zero or non-finite matrix.</summary>
    /// <remarks>The singular values and right vectors of a symmetric matrix that is not negative are its eigenvalues and eigenvectors.</remarks>
    private static double[] Root(double[] gram, int size)
    {
        foreach (double value in gram)
        {
            if (!double.IsFinite(value))
            {
                return [];
            }
        }

        JacobiDecomposition decomposition = new([.. gram], size, size);
        double[] root = new double[Count(decomposition.Values, RootThreshold) * size];
        for (int i = 0; i < root.Length; i++)
        {
            root[i] = Math.Sqrt(decomposition.Values[i / size]) * decomposition.Right(i / size)[i % size];
        }

        return root;
    }

    /// <summary>Counts the leading values above a fraction of the first.</summary>
    private static int Count(double[] values, double threshold)
    {
        int count = 0;
        while (count < values.Length && values[count] > threshold * values[0])
        {
            count++;
        }

        return count;
    }
}
