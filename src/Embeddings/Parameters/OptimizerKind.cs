namespace Dlrm.Embeddings;

/// <summary>The optimisers.</summary>
public enum OptimizerKind
{
    /// <summary>w −= lr·g.</summary>
    Sgd,

    /// <summary>One accumulator per element.</summary>
    Adagrad,

    /// <summary>One accumulator per row of a dense table, touched rows only; Adagrad for everything that is not a table.</summary>
    RowwiseAdagrad,

    /// <summary>First and second moments with bias correction; on dense tables only touched rows move (lazy).</summary>
    Adam,
}
