using Dlrm.Numerics;

namespace Dlrm.Embeddings;

/// <summary>The canonical polyadic (CP) format: a sum of R products of vectors.</summary>
/// <remarks>
/// <code>
/// W[i, j] = Σ_r Π_k A[k][n_k, r]        modes n: those of the rows, then those of the columns; factor k is stored (n[k], R)
/// prior    A[k][·, r] ~ N(0, λ[r]), one λ for every mode: D = Σ n[k]
/// gauge    column r of factor k times c_k, Π c_k = 1, so that every factor has the same energy per entry: of all scales, the least cost of the prior
/// </code>
/// <para>Source: Kolda and Bader, "Tensor Decompositions and Applications", SIAM Review 2009.</para>
/// </remarks>
public sealed class CpFormat : LowRankFormat
{
    private const double Threshold = 1e-7;

    /// <summary>Adjusting the others costs R³: above this rank the weakest component is dropped as it is, as one of so many.</summary>
    private const int LargestReduced = 64;
    private readonly CpShape _shape;
    private WeightSplit? _split;

    /// <summary>Initializes a new instance of the <see cref="CpFormat"/> class.</summary>
    /// <param name="shape">Modes and CP rank.</param>
    public CpFormat(CpShape shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        _shape = shape;
        RowModes = shape.RowModes.ToArray();
        ColumnModes = shape.ColumnModes.ToArray();
        Ranks = [shape.CpRank];
        int[] modes = [.. RowModes, .. ColumnModes];
        Factors = [.. modes.Select((mode, k) => new FactorShape($"factor.{k}", [mode, shape.CpRank], [new FactorAxis(0, new RankAxis(mode, shape.CpRank, 1))], 0))];
    }

    /// <inheritdoc/>
    public override string Name => "cp";

    /// <inheritdoc/>
    public override long Rows => _shape.Rows;

    /// <inheritdoc/>
    public override int Columns => _shape.EmbeddingDim;

    /// <inheritdoc/>
    public override IReadOnlyList<int> RowModes { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<int> ColumnModes { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<int> Ranks { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<FactorShape> Factors { get; }

    /// <inheritdoc/>
    /// <remarks><code>R·(row modes − 1) + R·J        the product of the column factors is made once for a batch and not counted</code></remarks>
    public override long RowMultiplyAdds => (long)_shape.CpRank * (RowModes.Count - 1 + Columns);

    /// <inheritdoc/>
    /// <remarks><code>L[i, r] = Π_{k&lt;p} A[k][i_k, r]      Cᵀ[j, r] = Π_{k≥p} A[k][j_(k-p), r]      each a CP with one column mode, whose factor is the identity</code></remarks>
    public override WeightSplit? Split => _split ??= new WeightSplit(_shape.CpRank, Side(_shape.Rows, 0, RowModes), Side(Columns, RowModes.Count, ColumnModes), IsRightTransposed: true);

    /// <inheritdoc/>
    public override double FactorDeviation(double entryDeviation) => Math.Pow(entryDeviation / Math.Sqrt(_shape.CpRank), 1.0 / Factors.Count);

    /// <inheritdoc/>
    public override LowRankFormat WithRanks(IReadOnlyList<int> ranks)
    {
        ArgumentNullException.ThrowIfNull(ranks);
        return ranks.Count == 1 ? new CpFormat(_shape.WithRank(ranks[0])) : throw new ArgumentException($"{_shape} has one rank, but {ranks.Count} are given.", nameof(ranks));
    }

    /// <inheritdoc/>
    public override IRowEvaluator CreateRowEvaluator(IDevice device) => new Evaluator(device);

    /// <inheritdoc/>
    public override GaugeMove? MoveGauge(IReadOnlyList<float[]> means)
    {
        ArgumentNullException.ThrowIfNull(means);
        int count = _shape.CpRank;
        double[][] energies = [.. Factors.Select((factor, k) => ModeProducts.Energies(means[k].AsSpan(0, (int)factor.Length), factor.Axes[0].Axis))];
        double[] common = new double[count];
        for (int r = 0; r < count; r++)
        {
            double product = 1;
            for (int k = 0; k < energies.Length; k++)
            {
                product *= Math.Pow(energies[k][r] / Factors[k].Dimensions[0], 1.0 / energies.Length);
            }

            common[r] = product;
        }

        // The norm of component r is common^(d/2) up to a constant of the modes.
        double largest = common.Max();
        double least = largest * Math.Pow(Threshold, 2.0 / energies.Length);
        int[] order = [.. Enumerable.Range(0, count).Where(r => common[r] > least).OrderByDescending(r => common[r])];
        if (order.Length == 0 || !double.IsFinite(largest))
        {
            return null;
        }

        AxisMap[][] maps = new AxisMap[energies.Length][];
        float[][] moved = new float[energies.Length][];
        for (int k = 0; k < maps.Length; k++)
        {
            double[] scales = [.. order.Select(r => Math.Sqrt(common[r] * Factors[k].Dimensions[0] / energies[k][r]))];
            AxisMap map = AxisMap.Scaled(count, order, scales);
            maps[k] = [map];
            moved[k] = GC.AllocateUninitializedArray<float>((int)Factors[k].Dimensions[0] * order.Length);
            ModeProducts.Apply(means[k].AsSpan(0, (int)Factors[k].Length), [Factors[k].Axes[0].Axis], [map.Forward], [map.New], moved[k]);
        }

        return new GaugeMove([order.Length], maps, moved);
    }

    /// <inheritdoc/>
    public override ReducedFactors? Reduce(IReadOnlyList<float[]> means, int bond) =>
        _shape.CpRank <= LargestReduced ? CpReduction.Reduce(means, [.. RowModes, .. ColumnModes], _shape.CpRank) : null;

    /// <summary>Makes the format that options ask for; R is at most the product of all modes but the largest, above which it buys nothing.</summary>
    internal static LowRankFormat Create(LowRankOptions options, long rows, int columns)
    {
        (int[] rowModes, int[] columnModes) = LowRankFormats.SeparateModes(options, rows, columns);
        double product = rowModes.Concat(columnModes).Aggregate(1.0, (sum, mode) => sum * mode);
        double cap = product / rowModes.Concat(columnModes).Max();
        return new CpFormat(new CpShape(rows, rowModes, columnModes, (int)Math.Min(LowRankFormats.StartRanks(options, 1)[0], Math.Min(cap, int.MaxValue))));
    }

    private SplitSide Side(long rows, int first, IReadOnlyList<int> modes) =>
        new(new CpFormat(new CpShape(rows, [.. modes], [_shape.CpRank], _shape.CpRank)), [.. Enumerable.Range(first, modes.Count), -1]);

    private sealed class Evaluator(IDevice device) : IRowEvaluator
    {
        private readonly ICpWorkspace _workspace = device.CreateCpWorkspace();

        public void Rows(LowRankFormat format, ReadOnlySpan<DeviceBuffer<float>> factors, RowGroups groups, Matrix rows) =>
            device.CpRows(((CpFormat)format)._shape, factors, groups, _workspace, rows);

        public void RowGradients(LowRankFormat format, ReadOnlySpan<DeviceBuffer<float>> factors, RowGroups groups, Matrix rowGradients, ReadOnlySpan<DeviceBuffer<float>> factorGradients) =>
            device.CpRowGradients(((CpFormat)format)._shape, factors, groups, _workspace, rowGradients, factorGradients);

        public void Dispose() => _workspace.Dispose();
    }
}
