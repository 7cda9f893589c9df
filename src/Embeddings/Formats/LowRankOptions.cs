namespace Dlrm.Embeddings;

/// <summary>The format, modes and starting ranks of one low-rank tensor; what is not given is chosen.</summary>
public sealed record LowRankOptions
{
    /// <summary>Gets the format.</summary>
    /// <value>The default is Ttm.</value>
    public TensorFormat Format { get; init; }

    /// <summary>Gets how modes are chosen automatically.</summary>
    /// <value>The default is Balanced.</value>
    public ModeLayout Layout { get; init; }

    /// <summary>Gets the number of row modes, when balanced modes are chosen automatically.</summary>
    /// <value>The default is 3.</value>
    public int Order { get; init; } = 3;

    /// <summary>Gets the row modes; empty: chosen.</summary>
    public IReadOnlyList<int> RowModes { get; init; } = [];

    /// <summary>Gets the column modes; empty: chosen.</summary>
    public IReadOnlyList<int> ColumnModes { get; init; } = [];

    /// <summary>Gets the starting rank of every bond (capped at what the format can use).</summary>
    /// <value>The default is 16.</value>
    public int StartRank { get; init; } = 16;

    /// <summary>Gets the starting rank of each bond; empty: <see cref="StartRank"/>.</summary>
    public IReadOnlyList<int> StartRanks { get; init; } = [];
}
