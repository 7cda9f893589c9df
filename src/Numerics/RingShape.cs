namespace Dlrm.Numerics;

/// <summary>The shape of an embedding table in tensor-ring format, row and column modes paired as in <see cref="TtmShape"/>.</summary>
/// <remarks>
/// <code>
/// E[i, j] = trace( G[0][i0][:, j0, :] · G[1][i1][:, j1, :] · … · G[d-1][i(d-1)][:, j(d-1), :] )
/// i = (i0 · I[1] + i1) · I[2] + i2 …      j = (j0 · J[1] + j1) · J[2] + j2 …
/// </code>
/// <para>Core k is stored slab by slab: <c>core[i · SlabLength(k) + (r · J[k] + j) · R[k+1] + s]</c>, with the loop rank R[0] = R[d].
/// Modes of size 1 are allowed: [I..., 1] × [1..., J] is the ring of a tensor whose column mode stands apart. Ids in [Rows, Π I) are padding and invalid.</para>
/// <para>Source: Zhao et al., "Tensor Ring Decomposition", arXiv 1606.05535.</para>
/// </remarks>
public sealed class RingShape : IEquatable<RingShape>
{
    private readonly int[] _columnModes;
    private readonly int[] _ranks;

    /// <summary>Initializes a new instance of the <see cref="RingShape"/> class.</summary>
    /// <param name="rows">The number of valid rows, at most Π I.</param>
    /// <param name="rowModes">I[0..d), each ≥ 1, d ≥ 2.</param>
    /// <param name="columnModes">J[0..d), each ≥ 1; their product is the embedding dimension.</param>
    /// <param name="ranks">R[0..d], with R[0] = R[d].</param>
    /// <exception cref="ArgumentException">The lengths disagree, there are fewer than two cores, a mode or rank is below 1, the ends differ, or Π I &lt; rows.</exception>
    public RingShape(long rows, ReadOnlySpan<int> rowModes, ReadOnlySpan<int> columnModes, ReadOnlySpan<int> ranks)
    {
        int order = rowModes.Length;
        if (order < 2 || columnModes.Length != order || ranks.Length != order + 1)
        {
            throw new ArgumentException(
                $"A tensor ring of {order} row modes needs at least 2 of them, {order} column modes and {order + 1} ranks, but there are {columnModes.Length} and {ranks.Length}.");
        }

        _ranks = ranks.ToArray();
        if (rowModes.ToArray().Min() < 1 || columnModes.ToArray().Min() < 1 || _ranks.Min() < 1)
        {
            throw new ArgumentException($"Row modes [{string.Join(", ", rowModes.ToArray())}], column modes [{string.Join(", ", columnModes.ToArray())}] and ring ranks [{string.Join(", ", _ranks)}] must all be at least 1.");
        }

        if (_ranks[0] != _ranks[^1])
        {
            throw new ArgumentException($"The first and last ring rank must be equal, but the ranks are [{string.Join(", ", _ranks)}].");
        }

        int[] openColumns = columnModes.ToArray();
        openColumns[0] = checked(openColumns[0] * LoopRank);
        openColumns[^1] = checked(openColumns[^1] * LoopRank);
        Open = new TtmShape(rows, rowModes, openColumns, [1, .. _ranks[1..^1], 1]);
        _columnModes = columnModes.ToArray();
        EmbeddingDim = checked((int)TableModes.Product(columnModes));
    }

    /// <summary>Gets the number of valid rows.</summary>
    public long Rows => Open.Rows;

    /// <summary>Gets Π I, the rows including padding.</summary>
    public long PaddedRows => Open.PaddedRows;

    /// <summary>Gets J = Π J[k].</summary>
    public int EmbeddingDim { get; }

    /// <summary>Gets the number of cores d.</summary>
    public int Order => Open.Order;

    /// <summary>Gets I[0..d).</summary>
    public ReadOnlySpan<int> RowModes => Open.RowModes;

    /// <summary>Gets J[0..d).</summary>
    public ReadOnlySpan<int> ColumnModes => _columnModes;

    /// <summary>Gets R[0..d].</summary>
    public ReadOnlySpan<int> Ranks => _ranks;

    /// <summary>Gets R[0] = R[d].</summary>
    public int LoopRank => _ranks[0];

    /// <summary>Gets the number of entries over all cores.</summary>
    public long Parameters => Open.Parameters;

    /// <summary>Gets the TT-matrix that the same memory is, with column modes [R[0]·J[0], J[1], …, J[d-1]·R[0]] and outer ranks 1; the ring sums its diagonal.</summary>
    internal TtmShape Open { get; }

    /// <summary>Gets R[k]·J[k]·R[k+1], the entries of one slab of core k.</summary>
    /// <param name="k">The core.</param>
    /// <returns>The length.</returns>
    public int SlabLength(int k) => Open.SlabLength(k);

    /// <summary>Gets I[k]·R[k]·J[k]·R[k+1].</summary>
    /// <param name="k">The core.</param>
    /// <returns>The length.</returns>
    public long CoreLength(int k) => Open.CoreLength(k);

    /// <summary>Makes the same shape with other ranks.</summary>
    /// <param name="ranks">R[0..d].</param>
    /// <returns>The shape.</returns>
    public RingShape WithRanks(ReadOnlySpan<int> ranks) => new(Rows, RowModes, ColumnModes, ranks);

    /// <summary>Splits a row id into its digits, first mode most significant.</summary>
    /// <param name="row">The row id, in [0, Rows).</param>
    /// <param name="digits">Receives d digits.</param>
    public void SplitRow(long row, Span<int> digits) => Open.SplitRow(row, digits);

    /// <inheritdoc/>
    public bool Equals(RingShape? other) => other is not null && Rows == other.Rows
        && RowModes.SequenceEqual(other.RowModes) && ColumnModes.SequenceEqual(other.ColumnModes) && Ranks.SequenceEqual(other.Ranks);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as RingShape);

    /// <inheritdoc/>
    public override int GetHashCode() => Open.GetHashCode() ^ (LoopRank * 397);

    /// <inheritdoc/>
    public override string ToString() =>
        $"{Rows} × {EmbeddingDim} as [{string.Join("·", RowModes.ToArray())}] × [{string.Join("·", _columnModes)}], ring ranks [{string.Join(", ", _ranks[..^1])}]";
}
