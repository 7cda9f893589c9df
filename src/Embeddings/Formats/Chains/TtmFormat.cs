using Dlrm.Numerics;

namespace Dlrm.Embeddings;

/// <summary>The TT-matrix, and the TT as the TT-matrix in which every core has a row mode or a column mode of 1.</summary>
/// <remarks>
/// <code>
/// W[i, j] = G[0][i0, :, j0, :] · … · G[d−1][i(d−1), :, j(d−1), :]        core k is stored (I[k], R[k], J[k], R[k+1]), R[0] = R[d] = 1
/// prior   G[k][i, a, j, b] ~ N(0, λ[k][b])  for k &lt; d−1;   the last core ~ N(0, λ[d−2][a])
/// </code>
/// <para>Bond k is between cores k and k + 1: d − 1 bonds.</para>
/// <para>Source: Oseledets, "Tensor-train decomposition", SIAM J. Sci. Comput. 2011; Novikov et al., "Tensorizing neural networks", 2015.</para>
/// </remarks>
public sealed class TtmFormat : LowRankFormat
{
    private WeightSplit? _split;

    /// <summary>Initializes a new instance of the <see cref="TtmFormat"/> class.</summary>
    /// <param name="shape">Modes and TT ranks, order at least 2.</param>
    /// <param name="separateRows">The number of leading cores that are those of the rows, for a TT; 0: a TT-matrix, which pairs row and column modes.</param>
    /// <exception cref="ArgumentException">The order is 1: there is no bond.</exception>
    public TtmFormat(TtmShape shape, int separateRows = 0)
    {
        ArgumentNullException.ThrowIfNull(shape);
        if (shape.Order < 2)
        {
            throw new ArgumentException($"A TT-matrix with rank parameters needs at least 2 cores, but the shape has {shape.Order}.", nameof(shape));
        }

        Shape = shape;
        SeparateRows = separateRows;
        RowModes = separateRows > 0 ? shape.RowModes[..separateRows].ToArray() : shape.RowModes.ToArray();
        ColumnModes = shape.ColumnModes[separateRows..].ToArray();
        Ranks = shape.Ranks[1..^1].ToArray();
        Factors = [.. Enumerable.Range(0, shape.Order).Select(k => Core(shape, k))];
    }

    /// <summary>Gets modes and TT ranks as the device's operators take them.</summary>
    public TtmShape Shape { get; }

    /// <summary>Gets the number of leading cores that are those of the rows of a TT; 0 for a TT-matrix.</summary>
    public int SeparateRows { get; }

    /// <inheritdoc/>
    public override string Name => SeparateRows > 0 ? "tt" : "ttm";

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
    public override double MultiplyAddsOfAllRows => TtmSplit.MultiplyAdds(Shape);

    /// <inheritdoc/>
    public override WeightSplit? Split => _split ??= TtmSplit.Of(Shape);

    /// <inheritdoc/>
    /// <remarks><code>Σ over k ≥ 1 of J[0]·…·J[k] · R[k]·R[k+1]</code></remarks>
    public override long RowMultiplyAdds
    {
        get
        {
            long sum = 0;
            long columns = Shape.ColumnModes[0];
            for (int k = 1; k < Shape.Order; k++)
            {
                columns *= Shape.ColumnModes[k];
                sum += columns * Shape.Ranks[k] * Shape.Ranks[k + 1];
            }

            return sum;
        }
    }

    /// <inheritdoc/>
    public override double FactorDeviation(double entryDeviation)
    {
        double paths = 1;
        foreach (int size in Ranks)
        {
            paths *= size;
        }

        return Math.Pow(entryDeviation * entryDeviation / paths, 1.0 / (2 * Shape.Order));
    }

    /// <inheritdoc/>
    public override LowRankFormat WithRanks(IReadOnlyList<int> ranks)
    {
        ArgumentNullException.ThrowIfNull(ranks);
        return ranks.Count == Ranks.Count ? new TtmFormat(Shape.WithRanks([1, .. ranks, 1]), SeparateRows)
            : throw new ArgumentException($"{Shape} has {Ranks.Count} bonds, but {ranks.Count} ranks are given.", nameof(ranks));
    }

    /// <inheritdoc/>
    public override IRowEvaluator CreateRowEvaluator(IDevice device) => new TtmRowEvaluator(device);

    /// <inheritdoc/>
    public override GaugeMove? MoveGauge(IReadOnlyList<float[]> means) => TtmGauge.Move(Shape, means);

    /// <inheritdoc/>
    public override MaterializedFactors? Materialize(IDevice device, ReadOnlySpan<DeviceBuffer<float>> factors, long mostBytes)
    {
        ArgumentNullException.ThrowIfNull(device);
        return LeftInterfaces.Of(device, Shape, factors, mostBytes) is (TtmShape shape, DeviceBuffer<float> product, DeviceBuffer<float>[] cores)
            ? new MaterializedFactors(new TtmFormat(shape), product, cores)
            : null;
    }

    private static FactorShape Core(TtmShape shape, int k)
    {
        (int rows, int left, int columns, int right) = (shape.RowModes[k], shape.Ranks[k], shape.ColumnModes[k], shape.Ranks[k + 1]);
        List<FactorAxis> axes = [];
        if (k > 0)
        {
            axes.Add(new FactorAxis(k - 1, new RankAxis(rows, left, (long)columns * right)));
        }

        if (k < shape.Order - 1)
        {
            axes.Add(new FactorAxis(k, new RankAxis((long)rows * left * columns, right, 1)));
        }

        // The right bond governs; the last core has only its left one.
        return new FactorShape($"core.{k}", [rows, left, columns, right], axes, axes.Count - 1);
    }
}
