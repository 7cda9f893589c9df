namespace Dlrm.Embeddings;

/// <summary>A low-rank tensor format.</summary>
public enum TensorFormat
{
    /// <summary>TT-matrix: row and column modes in pairs.</summary>
    Ttm,

    /// <summary>Tensor train: row modes, then column modes.</summary>
    Tt,

    /// <summary>Canonical polyadic: a sum of products of vectors.</summary>
    Cp,

    /// <summary>Tucker: a core tensor and one matrix for each mode.</summary>
    Tucker,

    /// <summary>Tensor ring: a tensor train closed to a loop.</summary>
    Ring,

    /// <summary>Chosen for each table by <see cref="FormatChooser"/>; never the format of a tensor that is there.</summary>
    Auto,
}
