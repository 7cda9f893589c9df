namespace Dlrm.Data.Interop;

/// <summary>Mirrors the values of <c>duckdb_type</c> that we read or write.</summary>
internal enum ColumnType
{
    /// <summary>No type.</summary>
    Invalid = 0,

    /// <summary>A byte that is 0 or 1.</summary>
    Boolean = 1,

    /// <summary>Signed, 8 bits.</summary>
    TinyInt = 2,

    /// <summary>Signed, 16 bits.</summary>
    SmallInt = 3,

    /// <summary>Signed, 32 bits.</summary>
    Integer = 4,

    /// <summary>Signed, 64 bits.</summary>
    BigInt = 5,

    /// <summary>Unsigned, 8 bits.</summary>
    UTinyInt = 6,

    /// <summary>Unsigned, 16 bits.</summary>
    USmallInt = 7,

    /// <summary>Unsigned, 32 bits.</summary>
    UInteger = 8,

    /// <summary>Unsigned, 64 bits.</summary>
    UBigInt = 9,

    /// <summary>Floating, 32 bits.</summary>
    Float = 10,

    /// <summary>Floating, 64 bits.</summary>
    Double = 11,

    /// <summary>UTF-8 text.</summary>
    Varchar = 17,

    /// <summary>A decimal number of fixed scale; only read through a cast.</summary>
    Decimal = 19,

    /// <summary>A list of a child type.</summary>
    List = 24,
}
