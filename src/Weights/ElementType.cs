namespace Dlrm.Weights;

/// <summary>How one element of a stored tensor is written.</summary>
public enum ElementType
{
    /// <summary>IEEE binary64.</summary>
    Float64,

    /// <summary>IEEE binary32.</summary>
    Float32,

    /// <summary>IEEE binary16.</summary>
    Float16,

    /// <summary>The upper half of a binary32.</summary>
    BFloat16,

    /// <summary>64 bits, signed.</summary>
    Int64,

    /// <summary>32 bits, signed.</summary>
    Int32,

    /// <summary>16 bits, signed.</summary>
    Int16,

    /// <summary>8 bits, signed.</summary>
    Int8,

    /// <summary>64 bits, unsigned.</summary>
    UInt64,

    /// <summary>32 bits, unsigned.</summary>
    UInt32,

    /// <summary>16 bits, unsigned.</summary>
    UInt16,

    /// <summary>8 bits, unsigned.</summary>
    UInt8,

    /// <summary>One byte, 0 or 1.</summary>
    Boolean,

    /// <summary>Two binary32; listed, never converted to real numbers.</summary>
    Complex64,

    /// <summary>Two binary64; listed, never converted to real numbers.</summary>
    Complex128,
}
