namespace Dlrm.Embeddings;

/// <summary>How a matrix of weights is decomposed into a TT-matrix.</summary>
public sealed record TtSvdOptions
{
    /// <summary>Gets the largest rank of any bond; bonds of less need have less.</summary>
    public required int MaxRank { get; init; }

    /// <summary>Gets the directions beyond <see cref="MaxRank"/> that a sketch follows: more cost time and make the truncation nearer to the best.</summary>
    /// <value>The default is 10.</value>
    public int Oversampling { get; init; } = 10;

    /// <summary>Gets how often the sketch is multiplied by XᵀX: each more is one more pass over the matrix and helps where singular values fall slowly.</summary>
    /// <value>The default is 1; at least 1.</value>
    public int Passes { get; init; } = 1;

    /// <summary>Gets the bytes that the decomposition may use.</summary>
    /// <value>The default is 1 GiB.</value>
    public long MemoryBytes { get; init; } = 1L << 30;

    /// <summary>Gets the seed of the sketch.</summary>
    public ulong Seed { get; init; } = 20230516;
}
