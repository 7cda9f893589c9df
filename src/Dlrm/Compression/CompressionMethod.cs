namespace Dlrm.Compression;

/// <summary>How the weights of an existing table are stored anew.</summary>
public enum CompressionMethod
{
    /// <summary>Every row, in the storage type of rows.</summary>
    Rows,

    /// <summary>R numbers for each row times an R × D projection: the truncated singular value decomposition.</summary>
    Projection,

    /// <summary>A TT-matrix of balanced modes, by TT-SVD.</summary>
    TtSvd,
}
