using Dlrm.Numerics;

namespace Dlrm.Embeddings;

/// <summary>The Tucker format: a small core tensor and a matrix for every mode.</summary>
/// <remarks>
/// <code>
/// W[i, j] = Σ_r G[r0, r1, …] · Π_k A[k][n_k, r_k]        modes n: those of the rows, then those of the columns; factor k is stored (n[k], R[k]), G last
/// prior    A[k][·, r] ~ N(0, λ[k][r]), D = n[k];   G ~ N(0, 100), which counts in the KL
/// </code>
/// <para>Bond k joins factor k with axis k of the core.</para>
/// <para>Source: Tucker, "Some mathematical notes on three-mode factor analysis", Psychometrika 1966; De Lathauwer et al., "A multilinear singular value
/// decomposition", SIAM J. Matrix Anal. Appl. 2000.</para>
/// </remarks>
public sealed class TuckerFormat : LowRankFormat
{
    private readonly TuckerShape _shape;
    private WeightSplit? _split;

    /// <summary>Initializes a new instance of the <see cref="TuckerFormat"/> class.</summary>
    /// <param name="shape">Modes and ranks.</param>
    public TuckerFormat(TuckerShape shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        _shape = shape;
        RowModes = shape.RowModes.ToArray();
        ColumnModes = shape.ColumnModes.ToArray();
        Ranks = shape.Ranks.ToArray();
        Factors = [.. Enumerable.Range(0, shape.Order).Select(k => Factor(shape, k)), Core(Ranks)];
    }

    /// <inheritdoc/>
    public override string Name => "tucker";

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
    /// <remarks><code>Σ over row modes k of R[k]·R[k+1]·…  +  J · (product of the column ranks)        the product of the column factors is made once for a batch</code></remarks>
    public override long RowMultiplyAdds
    {
        get
        {
            long sum = 0;
            long rest = 1;
            for (int k = Ranks.Count - 1; k >= 0; k--)
            {
                rest *= Ranks[k];
                sum += k < RowModes.Count ? rest : k == RowModes.Count ? rest * Columns : 0;
            }

            return sum;
        }
    }

    /// <inheritdoc/>
    /// <remarks><code>Σ over k &lt; p of min(Rows, I[0]·…·I[k]) · R[k]·…·R[p+q−1]  +  (Rows + 1) · J · R[p]·…·R[p+q−1]</code></remarks>
    public override double MultiplyAddsOfAllRows
    {
        get
        {
            double ranks = _shape.CoreLength;
            double prefixes = 1;
            double sum = 0;
            for (int k = 0; k < RowModes.Count; k++)
            {
                prefixes *= RowModes[k];
                sum += Math.Min(Rows, prefixes) * ranks;
                ranks /= _shape.Ranks[k];
            }

            return sum + ((Rows + 1.0) * Columns * ranks);
        }
    }

    /// <inheritdoc/>
    /// <remarks>L has the rows in the rank space of the columns: column factors are identities. Cᵀ is the Kronecker product of the column factors: a TT-matrix of ranks 1.</remarks>
    public override WeightSplit? Split => _split ??= MakeSplit();

    /// <inheritdoc/>
    public override double FactorDeviation(double entryDeviation) =>
        Math.Pow(entryDeviation * entryDeviation / Ranks.Aggregate(1.0, static (product, size) => product * size), 1.0 / (2 * Factors.Count));

    /// <inheritdoc/>
    public override LowRankFormat WithRanks(IReadOnlyList<int> ranks)
    {
        ArgumentNullException.ThrowIfNull(ranks);
        return ranks.Count == Ranks.Count ? new TuckerFormat(_shape.WithRanks([.. ranks]))
            : throw new ArgumentException($"{_shape} has {Ranks.Count} ranks, but {ranks.Count} are given.", nameof(ranks));
    }

    /// <inheritdoc/>
    public override IRowEvaluator CreateRowEvaluator(IDevice device) => new Evaluator(device);

    /// <inheritdoc/>
    public override GaugeMove? MoveGauge(IReadOnlyList<float[]> means) => TuckerGauge.Move(this, means);

    /// <summary>Makes the format that options ask for; R[k] is at most n[k] and at most the product of the other ranks.</summary>
    internal static LowRankFormat Create(LowRankOptions options, long rows, int columns)
    {
        (int[] rowModes, int[] columnModes) = LowRankFormats.SeparateModes(options, rows, columns);
        int[] modes = [.. rowModes, .. columnModes];
        int[] ranks = [.. LowRankFormats.StartRanks(options, modes.Length).Zip(modes, Math.Min)];
        for (int k = 0; k < ranks.Length; k++)
        {
            double others = ranks.Where((_, other) => other != k).Aggregate(1.0, static (product, size) => product * size);
            ranks[k] = (int)Math.Min(ranks[k], others);
        }

        return new TuckerFormat(new TuckerShape(rows, rowModes, columnModes, ranks));
    }

    /// <summary>Describes the core tensor of some ranks.</summary>
    internal static FactorShape Core(IReadOnlyList<int> ranks)
    {
        FactorAxis[] axes = new FactorAxis[ranks.Count];
        for (int k = 0; k < axes.Length; k++)
        {
            long outer = ranks.Take(k).Aggregate(1L, static (product, size) => product * size);
            long inner = ranks.Skip(k + 1).Aggregate(1L, static (product, size) => product * size);
            axes[k] = new FactorAxis(k, new RankAxis(outer, ranks[k], inner));
        }

        return new FactorShape("core", [.. ranks.Select(static size => (long)size)], axes, -1);
    }

    private static FactorShape Factor(TuckerShape shape, int k) =>
        new($"factor.{k}", [shape.ModeSize(k), shape.Ranks[k]], [new FactorAxis(k, new RankAxis(shape.ModeSize(k), shape.Ranks[k], 1))], 0);

    private WeightSplit MakeSplit()
    {
        int p = RowModes.Count;
        int[] columnRanks = _shape.Ranks[p..].ToArray();
        int[] factors = [.. Enumerable.Range(0, _shape.Order + 1).Select(k => k < p || k == _shape.Order ? k : -1)];
        int[] ones = new int[columnRanks.Length + 1];
        Array.Fill(ones, 1);
        int size = columnRanks.Aggregate(1, static (product, rank) => product * rank);
        SplitSide left = new(new TuckerFormat(new TuckerShape(Rows, [.. RowModes], columnRanks, _shape.Ranks)), factors);
        return new WeightSplit(size, left, TtmSplit.Side(Columns, [.. ColumnModes], columnRanks, ones, p), IsRightTransposed: true);
    }

    private sealed class Evaluator(IDevice device) : IRowEvaluator
    {
        private readonly ITuckerWorkspace _workspace = device.CreateTuckerWorkspace();

        public void Rows(LowRankFormat format, ReadOnlySpan<DeviceBuffer<float>> factors, RowGroups groups, Matrix rows) =>
            device.TuckerRows(((TuckerFormat)format)._shape, factors, groups, _workspace, rows);

        public void RowGradients(LowRankFormat format, ReadOnlySpan<DeviceBuffer<float>> factors, RowGroups groups, Matrix rowGradients, ReadOnlySpan<DeviceBuffer<float>> factorGradients) =>
            device.TuckerRowGradients(((TuckerFormat)format)._shape, factors, groups, _workspace, rowGradients, factorGradients);

        public void Dispose() => _workspace.Dispose();
    }
}
