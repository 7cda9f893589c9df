using Dlrm.Numerics;

namespace Dlrm.Embeddings;

/// <summary>The tensor ring: a tensor train whose ends are joined.</summary>
/// <remarks>
/// <code>
/// W[i, j] = trace( G[0][n0] · G[1][n1] · … )        modes n: those of the rows, then those of the columns; core k is stored (I[k], R[k], J[k], R[k+1])
/// prior    G[k][·, a, ·, b] ~ N(0, λ[k][b]), the right bond of every core
/// </code>
/// <para>Bond k is between cores k and k + 1; the last bond joins the last core with the first. The ranks of a ring are not identifiable.</para>
/// <para>Source: Zhao et al., "Tensor Ring Decomposition", arXiv 1606.05535.</para>
/// </remarks>
public sealed class RingFormat : LowRankFormat
{
    private readonly int _rowCores;

    /// <summary>Initializes a new instance of the <see cref="RingFormat"/> class.</summary>
    /// <param name="shape">Modes and ranks; cores of the rows come first and have column modes of 1, the others row modes of 1.</param>
    /// <param name="rowCores">The number of cores of the rows.</param>
    public RingFormat(RingShape shape, int rowCores)
    {
        ArgumentNullException.ThrowIfNull(shape);
        Shape = shape;
        _rowCores = rowCores;
        RowModes = shape.RowModes[..rowCores].ToArray();
        ColumnModes = shape.ColumnModes[rowCores..].ToArray();
        Ranks = shape.Ranks[1..].ToArray();
        Factors = [.. Enumerable.Range(0, shape.Order).Select(k => Core(shape, k))];
    }

    /// <summary>Gets modes and ranks as the device's operators take them.</summary>
    public RingShape Shape { get; }

    /// <inheritdoc/>
    public override string Name => "ring";

    /// <inheritdoc/>
    public override long Rows => Shape.Rows;

    /// <inheritdoc/>
    public override int Columns => Shape.EmbeddingDim;

    /// <inheritdoc/>
    public override IReadOnlyList<int> RowModes { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<int> ColumnModes { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<int> Ranks { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<FactorShape> Factors { get; }

    /// <inheritdoc/>
    /// <remarks><code>Σ over 0 &lt; k &lt; d−1 of R[0]·J[0]·…·J[k]·R[k]·R[k+1]  +  R[0]·J·R[d−1]</code></remarks>
    public override long RowMultiplyAdds
    {
        get
        {
            long sum = 0;
            long columns = Shape.ColumnModes[0];
            for (int k = 1; k < Shape.Order; k++)
            {
                columns *= Shape.ColumnModes[k];
                sum += Shape.Ranks[0] * columns * Shape.Ranks[k] * (k < Shape.Order - 1 ? Shape.Ranks[k + 1] : 1);
            }

            return sum;
        }
    }

    /// <inheritdoc/>
    /// <remarks><code>Σ over k ≥ 1 of min(Rows, I[0]·…·I[k]) · R[0]·J[0]·…·J[k] · R[k] · (k &lt; d−1 ? R[k+1] : 1)</code></remarks>
    public override double MultiplyAddsOfAllRows
    {
        get
        {
            double sum = 0;
            double prefixes = Shape.RowModes[0];
            double columns = (double)Shape.Ranks[0] * Shape.ColumnModes[0];
            for (int k = 1; k < Shape.Order; k++)
            {
                prefixes *= Shape.RowModes[k];
                columns *= Shape.ColumnModes[k];
                sum += Math.Min(Rows, prefixes) * columns * Shape.Ranks[k] * (k < Shape.Order - 1 ? Shape.Ranks[k + 1] : 1);
            }

            return sum;
        }
    }

    /// <inheritdoc/>
    public override double FactorDeviation(double entryDeviation) =>
        Math.Pow(entryDeviation * entryDeviation / Ranks.Aggregate(1.0, static (product, size) => product * size), 1.0 / (2 * Shape.Order));

    /// <inheritdoc/>
    public override LowRankFormat WithRanks(IReadOnlyList<int> ranks)
    {
        ArgumentNullException.ThrowIfNull(ranks);
        return ranks.Count == Shape.Order ? new RingFormat(Shape.WithRanks([ranks[^1], .. ranks]), _rowCores)
            : throw new ArgumentException($"{Shape} has {Shape.Order} bonds, but {ranks.Count} ranks are given.", nameof(ranks));
    }

    /// <inheritdoc/>
    public override IRowEvaluator CreateRowEvaluator(IDevice device) => new Evaluator(device);

    /// <inheritdoc/>
    public override GaugeMove? MoveGauge(IReadOnlyList<float[]> means) => RingGauge.Move(this, means);

    private static FactorShape Core(RingShape shape, int k)
    {
        (int rows, int left, int columns, int right) = (shape.RowModes[k], shape.Ranks[k], shape.ColumnModes[k], shape.Ranks[k + 1]);
        FactorAxis leftAxis = new((k + shape.Order - 1) % shape.Order, new RankAxis(rows, left, (long)columns * right));
        FactorAxis rightAxis = new(k, new RankAxis((long)rows * left * columns, right, 1));
        return new FactorShape($"core.{k}", [rows, left, columns, right], [leftAxis, rightAxis], 1);
    }

    private sealed class Evaluator(IDevice device) : IRowEvaluator
    {
        private readonly ITtmWorkspace _workspace = device.CreateTtmWorkspace();

        public void Rows(LowRankFormat format, ReadOnlySpan<DeviceBuffer<float>> factors, RowGroups groups, Matrix rows) =>
            device.RingRows(((RingFormat)format).Shape, factors, groups, _workspace, rows);

        public void RowGradients(LowRankFormat format, ReadOnlySpan<DeviceBuffer<float>> factors, RowGroups groups, Matrix rowGradients, ReadOnlySpan<DeviceBuffer<float>> factorGradients) =>
            device.RingRowGradients(((RingFormat)format).Shape, factors, groups, _workspace, rowGradients, factorGradients);

        public void Dispose() => _workspace.Dispose();
    }
}
