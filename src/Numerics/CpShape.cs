namespace Dlrm.Numerics;

/// <summary>The shape of an embedding table in canonical polyadic (CP) format.</summary>
/// <remarks>
/// <code>
/// E[i, j] = Σ_r A[0][i0, r] · … · A[p-1][i(p-1), r] · A[p][j0, r] · … · A[p+q-1][j(q-1), r]
/// i = (i0 · I[1] + i1) · I[2] + i2 …      j = (j0 · J[1] + j1) · J[2] + j2 …
/// </code>
/// <para>The tensor's modes are n = [I..., J...]. Factor k is stored as (n[k], R), row-major. Ids in [Rows, Π I) are padding and invalid.</para>
/// <para>Source: Kolda and Bader, "Tensor Decompositions and Applications", SIAM Review 2009.</para>
/// </remarks>
public sealed class CpShape : IEquatable<CpShape>
{
    private readonly int[] _rowModes;
    private readonly int[] _columnModes;

    /// <summary>Initializes a new instance of the <see cref="CpShape"/> class.</summary>
    /// <param name="rows">The number of valid rows, at most Π I.</param>
    /// <param name="rowModes">I[0..p), each ≥ 1.</param>
    /// <param name="columnModes">J[0..q), each ≥ 1; their product is the embedding dimension.</param>
    /// <param name="cpRank">R, at least 1.</param>
    /// <exception cref="ArgumentException">There is no row or column mode, a mode or the CP rank is below 1, or Π I &lt; rows.</exception>
    public CpShape(long rows, ReadOnlySpan<int> rowModes, ReadOnlySpan<int> columnModes, int cpRank)
    {
        if (rowModes.Length == 0 || columnModes.Length == 0)
        {
            throw new ArgumentException($"A CP table needs a row mode and a column mode, but there are {rowModes.Length} and {columnModes.Length}.");
        }

        _rowModes = rowModes.ToArray();
        _columnModes = columnModes.ToArray();
        if (_rowModes.Min() < 1 || _columnModes.Min() < 1 || cpRank < 1)
        {
            throw new ArgumentException($"Row modes [{string.Join(", ", _rowModes)}], column modes [{string.Join(", ", _columnModes)}] and CP rank {cpRank} must all be at least 1.");
        }

        Rows = rows;
        CpRank = cpRank;
        PaddedRows = TableModes.PaddedRows(rows, _rowModes);
        EmbeddingDim = checked((int)TableModes.Product(_columnModes));
    }

    /// <summary>Gets the number of valid rows.</summary>
    public long Rows { get; }

    /// <summary>Gets Π I, the rows including padding.</summary>
    public long PaddedRows { get; }

    /// <summary>Gets J = Π J[k].</summary>
    public int EmbeddingDim { get; }

    /// <summary>Gets the number of factors p + q.</summary>
    public int Order => _rowModes.Length + _columnModes.Length;

    /// <summary>Gets I[0..p).</summary>
    public ReadOnlySpan<int> RowModes => _rowModes;

    /// <summary>Gets J[0..q).</summary>
    public ReadOnlySpan<int> ColumnModes => _columnModes;

    /// <summary>Gets R.</summary>
    public int CpRank { get; }

    /// <summary>Gets the number of entries over all factors.</summary>
    public long Parameters
    {
        get
        {
            long sum = 0;
            for (int k = 0; k < Order; k++)
            {
                sum += FactorLength(k);
            }

            return sum;
        }
    }

    /// <summary>Gets n[k]: the row modes, then the column modes.</summary>
    /// <param name="k">The factor.</param>
    /// <returns>The mode size.</returns>
    public int ModeSize(int k) => k < _rowModes.Length ? _rowModes[k] : _columnModes[k - _rowModes.Length];

    /// <summary>Gets n[k]·R.</summary>
    /// <param name="k">The factor.</param>
    /// <returns>The length.</returns>
    public long FactorLength(int k) => (long)ModeSize(k) * CpRank;

    /// <summary>Makes the same shape with another CP rank.</summary>
    /// <param name="cpRank">R.</param>
    /// <returns>The shape.</returns>
    public CpShape WithRank(int cpRank) => new(Rows, _rowModes, _columnModes, cpRank);

    /// <summary>Splits a row id into its digits, first mode most significant.</summary>
    /// <param name="row">The row id, in [0, Rows).</param>
    /// <param name="digits">Receives p digits.</param>
    public void SplitRow(long row, Span<int> digits) => TableModes.Split(row, _rowModes, digits);

    /// <inheritdoc/>
    public bool Equals(CpShape? other) => other is not null && Rows == other.Rows && CpRank == other.CpRank
        && _rowModes.AsSpan().SequenceEqual(other._rowModes) && _columnModes.AsSpan().SequenceEqual(other._columnModes);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as CpShape);

    /// <inheritdoc/>
    public override int GetHashCode() => (int)(Rows ^ (Rows >> 32)) ^ (Order * 397) ^ CpRank;

    /// <inheritdoc/>
    public override string ToString() =>
        $"{Rows} × {EmbeddingDim} as [{string.Join("·", _rowModes)}] × [{string.Join("·", _columnModes)}], CP rank {CpRank}";
}
