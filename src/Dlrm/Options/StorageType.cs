namespace Dlrm;

/// <summary>How the compact model stores the numbers of a tensor.</summary>
public enum StorageType
{
    /// <summary>4 bytes a number, as trained.</summary>
    Float32,

    /// <summary>2 bytes a number.</summary>
    Float16,

    /// <summary>1 byte a number and a bfloat16 scale for each group of numbers.</summary>
    Int8,

    /// <summary>Half a byte a number and a bfloat16 scale for each group of numbers.</summary>
    Int4,
}
