namespace Dlrm.Data;

/// <summary>Names the formats of raw files.</summary>
public enum RawFormat
{
    /// <summary>Decided file by file, by its first bytes.</summary>
    Auto,

    /// <summary>Parquet.</summary>
    Parquet,

    /// <summary>Delimited text, gzipped or not; one row a line, empty lines are no rows.</summary>
    Text,
}
