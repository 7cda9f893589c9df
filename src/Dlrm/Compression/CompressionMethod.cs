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

    /// <summary>A Tucker tensor of balanced row modes and the columns, by HOSVD and orthogonal iteration.</summary>
    Tucker,

    /// <summary>A CP tensor of balanced row modes and the columns, by alternating least squares.</summary>
    Cp,

    /// <summary>As TtSvd, with rows in an order of their own, near ones together; the order is stored too.</summary>
    OrderedTtSvd,

    /// <summary>As Tucker, with rows in an order of their own, near ones together; the order is stored too.</summary>
    OrderedTucker,

    /// <summary>A TT-matrix fitted with a Bayesian rank prior from the TT-SVD on: it finds the ranks that the table supports.</summary>
    Bayes,

    /// <summary>Fewer rows, shared by id mod m, each the mean of those it stands for. A baseline.</summary>
    Hash,

    /// <summary>Two small tables whose rows are multiplied, by alternating least squares. A baseline.</summary>
    QuotientRemainder,
}
