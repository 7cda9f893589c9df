using Dlrm.Numerics;

namespace Dlrm.Embeddings;

/// <summary>How one embedding table, or every table without options of its own, is stored.</summary>
public sealed record TableOptions
{
    /// <summary>Gets the kind.</summary>
    /// <value>The default is Auto.</value>
    public TableKind Kind { get; init; } = TableKind.Auto;

    /// <summary>Gets the number of rows up to which a table stays dense, whatever the kind says.</summary>
    /// <value>The default is 1,000.</value>
    public long CompressAbove { get; init; } = 1000;

    /// <summary>Gets how bags become vectors.</summary>
    /// <value>The default is Sum.</value>
    public PoolingType Pooling { get; init; } = PoolingType.Sum;

    /// <summary>Gets how modes are chosen automatically.</summary>
    /// <value>The default is Balanced.</value>
    public ModeLayout Layout { get; init; } = ModeLayout.Balanced;

    /// <summary>Gets the number of TT cores, when balanced modes are chosen automatically.</summary>
    /// <value>The default is 3.</value>
    public int Order { get; init; } = 3;

    /// <summary>Gets the row modes; empty: chosen, balanced.</summary>
    public IReadOnlyList<int> RowModes { get; init; } = [];

    /// <summary>Gets the column modes; empty: chosen, balanced.</summary>
    public IReadOnlyList<int> ColumnModes { get; init; } = [];

    /// <summary>Gets the starting TT rank of every bond (capped at what the unfoldings allow).</summary>
    /// <value>The default is 16.</value>
    public int StartRank { get; init; } = 16;

    /// <summary>Gets the starting TT ranks of the inner bonds; empty: <see cref="StartRank"/>.</summary>
    public IReadOnlyList<int> StartRanks { get; init; } = [];

    /// <summary>Gets the most frequent rows that are kept exactly beside a TT-matrix (ids below this number: the vocabulary is in order of frequency).</summary>
    /// <value>The default is 0.</value>
    public int ExactRows { get; init; }

    /// <summary>Gets the occurrences in the training data from which on a row is kept exactly beside a TT-matrix; replaces <see cref="ExactRows"/>. 0: not used.</summary>
    /// <value>The default is 0.</value>
    public long ExactFrequency { get; init; }

    /// <summary>Gets the number of ids with rows of their own, in whatever kind of table; the others are read as id 0, the unknown one. 0: all.</summary>
    /// <value>The default is 0.</value>
    public long KeptRows { get; init; }

    /// <summary>Gets the occurrences in the training data below which an id is read as id 0; replaces <see cref="KeptRows"/>. 0: not used.</summary>
    /// <value>The default is 0.</value>
    public long KeptFrequency { get; init; }

    /// <summary>Gets the stored rows of Hash, QuotientRemainder (the remainder's table) and FrequentRows.</summary>
    /// <value>The default is 1,000.</value>
    public long StoredRows { get; init; } = 1000;

    /// <summary>Gets the standard deviation of an entry of the full table at the start; 0: 1/√(3·Rows), that of the reference DLRM.</summary>
    /// <value>The default is 0.</value>
    public double InitialEntryDeviation { get; init; }

    /// <summary>Counts the ids with rows of their own.</summary>
    /// <param name="rows">I, the number of ids.</param>
    /// <returns>K.</returns>
    public long Kept(long rows) => KeptRows > 0 ? Math.Min(KeptRows, rows) : rows;

    /// <summary>Lists every field that is out of range.</summary>
    /// <param name="path">The place of these options, for the messages.</param>
    /// <returns>One sentence for each.</returns>
    public IEnumerable<string> Problems(string path)
    {
        if (CompressAbove < 0)
        {
            yield return $"{path}.compressAbove is {CompressAbove}; it must be 0 or above.";
        }

        if (Order is < 2 or > 12)
        {
            yield return $"{path}.order is {Order}; it must be in [2, 12].";
        }

        if (StartRank is < 1 or > 1024)
        {
            yield return $"{path}.startRank is {StartRank}; it must be in [1, 1024].";
        }

        if (StoredRows < 1)
        {
            yield return $"{path}.storedRows is {StoredRows}; it must be at least 1.";
        }

        foreach ((string name, long value) in ((string, long)[])[("exactRows", ExactRows), ("exactFrequency", ExactFrequency), ("keptRows", KeptRows), ("keptFrequency", KeptFrequency)])
        {
            if (value < 0)
            {
                yield return $"{path}.{name} is {value}; it must be 0 or above.";
            }
        }

        if (!double.IsFinite(InitialEntryDeviation) || InitialEntryDeviation < 0)
        {
            yield return $"{path}.initialEntryDeviation is {InitialEntryDeviation}; it must be 0 or above.";
        }

        if (RowModes.Any(mode => mode < 1) || ColumnModes.Any(mode => mode < 1) || StartRanks.Any(rank => rank < 1))
        {
            yield return $"{path}: rowModes [{string.Join(", ", RowModes)}], columnModes [{string.Join(", ", ColumnModes)}] and startRanks [{string.Join(", ", StartRanks)}] must all be at least 1.";
        }

        int order = RowModes.Count > 0 ? RowModes.Count : ColumnModes.Count > 0 ? ColumnModes.Count : Layout == ModeLayout.Projection ? 2 : Order;
        if ((RowModes.Count > 0 && RowModes.Count != order) || (ColumnModes.Count > 0 && ColumnModes.Count != order) || (StartRanks.Count > 0 && StartRanks.Count != order - 1))
        {
            yield return $"{path}: {RowModes.Count} rowModes, {ColumnModes.Count} columnModes and {StartRanks.Count} startRanks do not agree; give d modes and d − 1 ranks.";
        }
    }
}
