namespace Dlrm.Numerics;

/// <summary>The shape of a TT-matrix embedding table.</summary>
/// <remarks>
/// <code>
/// E[i, j] = G[0][i0][:, j0, :] · G[1][i1][:, j1, :] · … · G[d-1][i(d-1)][:, j(d-1), :]
/// i = (i0 · I[1] + i1) · I[2] + i2 …      j = (j0 · J[1] + j1) · J[2] + j2 …
/// </code>
/// <para>Core k is stored slab by slab: <c>core[i · SlabLength(k) + (r · J[k] + j) · R[k+1] + s]</c>, so one row index reads one
/// contiguous R[k] × (J[k]·R[k+1]) matrix. Ids in [Rows, Π I) are padding and invalid.</para>
/// <para>Source: Hrinchuk et al., "Tensorized Embedding Layers", EMNLP Findings 2020; Yin et al., "TT-Rec", MLSys 2021.</para>
/// </remarks>
public sealed class TtmShape : IEquatable<TtmShape>
{
    private readonly int[] _rowModes;
    private readonly int[] _columnModes;
    private readonly int[] _ranks;

    /// <summary>Initializes a new instance of the <see cref="TtmShape"/> class.</summary>
    /// <param name="rows">The number of valid rows, at most Π I.</param>
    /// <param name="rowModes">I[0..d), each ≥ 1.</param>
    /// <param name="columnModes">J[0..d), each ≥ 1; their product is the embedding dimension.</param>
    /// <param name="ranks">R[0..d], with R[0] = R[d] = 1.</param>
    /// <exception cref="ArgumentException">The lengths disagree, a mode or TT rank is below 1, or Π I &lt; rows.</exception>
    public TtmShape(long rows, ReadOnlySpan<int> rowModes, ReadOnlySpan<int> columnModes, ReadOnlySpan<int> ranks)
    {
        if (rowModes.Length == 0 || rowModes.Length != columnModes.Length || ranks.Length != rowModes.Length + 1)
        {
            throw new ArgumentException(
                $"A TT-matrix of {rowModes.Length} row modes needs {rowModes.Length} column modes and {rowModes.Length + 1} TT ranks, but there are {columnModes.Length} and {ranks.Length}.");
        }

        _rowModes = rowModes.ToArray();
        _columnModes = columnModes.ToArray();
        _ranks = ranks.ToArray();
        Rows = rows;
        for (int k = 0; k < _rowModes.Length; k++)
        {
            if (_rowModes[k] < 1 || _columnModes[k] < 1 || _ranks[k] < 1)
            {
                throw new ArgumentException($"Row modes [{string.Join(", ", _rowModes)}], column modes [{string.Join(", ", _columnModes)}] and TT ranks [{string.Join(", ", _ranks)}] must all be at least 1.");
            }
        }

        if (_ranks[0] != 1 || _ranks[^1] != 1)
        {
            throw new ArgumentException($"The first and last TT rank must be 1, but the ranks are [{string.Join(", ", _ranks)}].");
        }

        PaddedRows = TableModes.PaddedRows(rows, _rowModes);
        EmbeddingDim = checked((int)TableModes.Product(_columnModes));
    }

    /// <summary>Gets the number of valid rows.</summary>
    public long Rows { get; }

    /// <summary>Gets Π I, the rows including padding.</summary>
    public long PaddedRows { get; }

    /// <summary>Gets J = Π J[k].</summary>
    public int EmbeddingDim { get; }

    /// <summary>Gets the number of cores d.</summary>
    public int Order => _rowModes.Length;

    /// <summary>Gets I[0..d).</summary>
    public ReadOnlySpan<int> RowModes => _rowModes;

    /// <summary>Gets J[0..d).</summary>
    public ReadOnlySpan<int> ColumnModes => _columnModes;

    /// <summary>Gets R[0..d].</summary>
    public ReadOnlySpan<int> Ranks => _ranks;

    /// <summary>Gets the number of entries over all cores.</summary>
    public long Parameters
    {
        get
        {
            long sum = 0;
            for (int k = 0; k < Order; k++)
            {
                sum += CoreLength(k);
            }

            return sum;
        }
    }

    /// <summary>Gets R[k]·J[k]·R[k+1], the entries of one slab of core k.</summary>
    /// <param name="k">The core.</param>
    /// <returns>The length.</returns>
    public int SlabLength(int k) => checked(_ranks[k] * _columnModes[k] * _ranks[k + 1]);

    /// <summary>Gets I[k]·R[k]·J[k]·R[k+1].</summary>
    /// <param name="k">The core.</param>
    /// <returns>The length.</returns>
    public long CoreLength(int k) => (long)_rowModes[k] * SlabLength(k);

    /// <summary>Makes the same shape with other TT ranks.</summary>
    /// <param name="ranks">R[0..d].</param>
    /// <returns>The shape.</returns>
    public TtmShape WithRanks(ReadOnlySpan<int> ranks) => new(Rows, _rowModes, _columnModes, ranks);

    /// <summary>Splits a row id into its digits, first mode most significant.</summary>
    /// <param name="row">The row id, in [0, Rows).</param>
    /// <param name="digits">Receives d digits.</param>
    public void SplitRow(long row, Span<int> digits) => TableModes.Split(row, _rowModes, digits);

    /// <inheritdoc/>
    public bool Equals(TtmShape? other) => other is not null && Rows == other.Rows
        && _rowModes.AsSpan().SequenceEqual(other._rowModes) && _columnModes.AsSpan().SequenceEqual(other._columnModes)
        && _ranks.AsSpan().SequenceEqual(other._ranks);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as TtmShape);

    /// <inheritdoc/>
    public override int GetHashCode() => (int)(Rows ^ (Rows >> 32)) ^ (Order * 397) ^ _ranks[Order / 2];

    /// <inheritdoc/>
    public override string ToString() =>
        $"{Rows} × {EmbeddingDim} as [{string.Join("·", _rowModes)}] × [{string.Join("·", _columnModes)}], TT ranks [{string.Join(", ", _ranks[1..^1])}]";
}
