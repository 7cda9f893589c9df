namespace Dlrm.Numerics;

/// <summary>The shape of an embedding table in Tucker format.</summary>
/// <remarks>
/// <code>
/// E[i, j] = Σ over r[0] … r[p+q-1] of G[r] · A[0][i0, r[0]] · … · A[p-1][i(p-1), r[p-1]] · A[p][j0, r[p]] · … · A[p+q-1][j(q-1), r[p+q-1]]
/// i = (i0 · I[1] + i1) · I[2] + i2 …      j = (j0 · J[1] + j1) · J[2] + j2 …
/// </code>
/// <para>The tensor's modes are n = [I..., J...]. Factor k is stored as (n[k], R[k]), the core G as (R[0], …, R[p+q-1]), both row-major;
/// where buffers are listed, the core stands behind the factors. Ids in [Rows, Π I) are padding and invalid.</para>
/// <para>Source: Kolda and Bader, "Tensor Decompositions and Applications", SIAM Review 2009.</para>
/// </remarks>
public sealed class TuckerShape : IEquatable<TuckerShape>
{
    private readonly int[] _rowModes;
    private readonly int[] _columnModes;
    private readonly int[] _ranks;

    /// <summary>Initializes a new instance of the <see cref="TuckerShape"/> class.</summary>
    /// <param name="rows">The number of valid rows, at most Π I.</param>
    /// <param name="rowModes">I[0..p), each ≥ 1.</param>
    /// <param name="columnModes">J[0..q), each ≥ 1; their product is the embedding dimension.</param>
    /// <param name="ranks">R[0..p+q), each ≥ 1.</param>
    /// <exception cref="ArgumentException">There is no row or column mode, the lengths disagree, a mode or Tucker rank is below 1, or Π I &lt; rows.</exception>
    /// <exception cref="OverflowException">The core has more than 2³¹ − 1 entries.</exception>
    public TuckerShape(long rows, ReadOnlySpan<int> rowModes, ReadOnlySpan<int> columnModes, ReadOnlySpan<int> ranks)
    {
        if (rowModes.Length == 0 || columnModes.Length == 0)
        {
            throw new ArgumentException($"A Tucker table needs a row mode and a column mode, but there are {rowModes.Length} and {columnModes.Length}.");
        }

        if (ranks.Length != rowModes.Length + columnModes.Length)
        {
            throw new ArgumentException(
                $"A Tucker table of {rowModes.Length} row modes and {columnModes.Length} column modes needs {rowModes.Length + columnModes.Length} Tucker ranks, but there are {ranks.Length}.");
        }

        _rowModes = rowModes.ToArray();
        _columnModes = columnModes.ToArray();
        _ranks = ranks.ToArray();
        if (_rowModes.Min() < 1 || _columnModes.Min() < 1 || _ranks.Min() < 1)
        {
            throw new ArgumentException($"Row modes [{string.Join(", ", _rowModes)}], column modes [{string.Join(", ", _columnModes)}] and Tucker ranks [{string.Join(", ", _ranks)}] must all be at least 1.");
        }

        Rows = rows;
        PaddedRows = TableModes.PaddedRows(rows, _rowModes);
        EmbeddingDim = checked((int)TableModes.Product(_columnModes));
        CoreLength = checked((int)TableModes.Product(_ranks));
        ColumnRank = (int)TableModes.Product(_ranks.AsSpan(_rowModes.Length));
    }

    /// <summary>Gets the number of valid rows.</summary>
    public long Rows { get; }

    /// <summary>Gets Π I, the rows including padding.</summary>
    public long PaddedRows { get; }

    /// <summary>Gets J = Π J[k].</summary>
    public int EmbeddingDim { get; }

    /// <summary>Gets the number of factors p + q, without the core.</summary>
    public int Order => _ranks.Length;

    /// <summary>Gets I[0..p).</summary>
    public ReadOnlySpan<int> RowModes => _rowModes;

    /// <summary>Gets J[0..q).</summary>
    public ReadOnlySpan<int> ColumnModes => _columnModes;

    /// <summary>Gets R[0..p+q).</summary>
    public ReadOnlySpan<int> Ranks => _ranks;

    /// <summary>Gets Π R, the entries of the core.</summary>
    public int CoreLength { get; }

    /// <summary>Gets the number of entries over all factors and the core.</summary>
    public long Parameters
    {
        get
        {
            long sum = CoreLength;
            for (int k = 0; k < Order; k++)
            {
                sum += FactorLength(k);
            }

            return sum;
        }
    }

    /// <summary>Gets the product of the column modes' ranks R[p] · … · R[p+q-1].</summary>
    internal int ColumnRank { get; }

    /// <summary>Gets n[k]: the row modes, then the column modes.</summary>
    /// <param name="k">The factor.</param>
    /// <returns>The mode size.</returns>
    public int ModeSize(int k) => k < _rowModes.Length ? _rowModes[k] : _columnModes[k - _rowModes.Length];

    /// <summary>Gets n[k]·R[k].</summary>
    /// <param name="k">The factor.</param>
    /// <returns>The length.</returns>
    public long FactorLength(int k) => (long)ModeSize(k) * _ranks[k];

    /// <summary>Makes the same shape with other Tucker ranks.</summary>
    /// <param name="ranks">R[0..p+q).</param>
    /// <returns>The shape.</returns>
    public TuckerShape WithRanks(ReadOnlySpan<int> ranks) => new(Rows, _rowModes, _columnModes, ranks);

    /// <summary>Splits a row id into its digits, first mode most significant.</summary>
    /// <param name="row">The row id, in [0, Rows).</param>
    /// <param name="digits">Receives p digits.</param>
    public void SplitRow(long row, Span<int> digits) => TableModes.Split(row, _rowModes, digits);

    /// <inheritdoc/>
    public bool Equals(TuckerShape? other) => other is not null && Rows == other.Rows
        && _rowModes.AsSpan().SequenceEqual(other._rowModes) && _columnModes.AsSpan().SequenceEqual(other._columnModes)
        && _ranks.AsSpan().SequenceEqual(other._ranks);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as TuckerShape);

    /// <inheritdoc/>
    public override int GetHashCode() => (int)(Rows ^ (Rows >> 32)) ^ (Order * 397) ^ CoreLength;

    /// <inheritdoc/>
    public override string ToString() =>
        $"{Rows} × {EmbeddingDim} as [{string.Join("·", _rowModes)}] × [{string.Join("·", _columnModes)}], Tucker ranks [{string.Join(", ", _ranks)}]";
}
