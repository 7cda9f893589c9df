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

    /// <summary>Gets the format of a low-rank table; Auto: <see cref="FormatChooser"/> chooses format, modes, exact rows and starting ranks.</summary>
    /// <value>The default is Ttm.</value>
    public TensorFormat Format { get; init; } = TensorFormat.Ttm;

    /// <summary>Gets how modes are chosen automatically.</summary>
    /// <value>The default is Balanced.</value>
    public ModeLayout Layout { get; init; } = ModeLayout.Balanced;

    /// <summary>Gets the number of row modes, when balanced modes are chosen automatically.</summary>
    /// <value>The default is 3.</value>
    public int Order { get; init; } = 3;

    /// <summary>Gets the row modes; empty: chosen, balanced.</summary>
    public IReadOnlyList<int> RowModes { get; init; } = [];

    /// <summary>Gets the column modes; empty: chosen.</summary>
    public IReadOnlyList<int> ColumnModes { get; init; } = [];

    /// <summary>Gets the starting rank of every bond (capped at what the format can use).</summary>
    /// <value>The default is 16.</value>
    public int StartRank { get; init; } = 16;

    /// <summary>Gets the starting rank of each bond; empty: <see cref="StartRank"/>.</summary>
    public IReadOnlyList<int> StartRanks { get; init; } = [];

    /// <summary>Gets the most frequent rows that are kept exactly beside a low-rank tensor (ids below this number: the vocabulary is in order of frequency).</summary>
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

    /// <summary>Gets a value indicating whether rows are stored in an order of their own, a permutation beside them; training keeps it as it is, compression finds it.</summary>
    /// <value>The default is false.</value>
    public bool HasRowOrder { get; init; }

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

        if (Format == TensorFormat.Ttm && RowModes.Count > 0 && ColumnModes.Count > 0 && RowModes.Count != ColumnModes.Count)
        {
            yield return $"{path}: {RowModes.Count} rowModes and {ColumnModes.Count} columnModes do not agree; a TT-matrix pairs them.";
        }

        if (Format == TensorFormat.Auto && RowModes.Count + ColumnModes.Count + StartRanks.Count > 0)
        {
            yield return $"{path}: format is auto, which chooses modes and ranks; leave out rowModes, columnModes and startRanks, or name a format.";
        }
    }

    /// <summary>Gets the part that describes the low-rank tensor.</summary>
    /// <returns>The options of the tensor.</returns>
    public LowRankOptions ToLowRank() => new()
    {
        Format = Format,
        Layout = Layout,
        Order = Order,
        RowModes = RowModes,
        ColumnModes = ColumnModes,
        StartRank = StartRank,
        StartRanks = StartRanks,
    };
}
