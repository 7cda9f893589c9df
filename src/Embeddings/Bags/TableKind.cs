namespace Dlrm.Embeddings;

/// <summary>How an embedding table is stored.</summary>
public enum TableKind
{
    /// <summary>Low-rank tensor when the table has more than <see cref="TableOptions.CompressAbove"/> rows, else dense.</summary>
    Auto,

    /// <summary>Every row as it is.</summary>
    Dense,

    /// <summary>A low-rank tensor of <see cref="TableOptions.Format"/> with inferred ranks.</summary>
    LowRank,

    /// <summary>Row id modulo a smaller number of rows.</summary>
    Hash,

    /// <summary>Row q(id) of one table times row r(id) of another, elementwise.</summary>
    QuotientRemainder,

    /// <summary>Only the most frequent rows as they are; the others share one row.</summary>
    FrequentRows,

    /// <summary>Zeros: the "drop the table" control.</summary>
    Zero,
}
