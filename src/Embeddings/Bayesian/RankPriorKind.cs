namespace Dlrm.Embeddings;

/// <summary>The hyper-prior of the rank parameters, on s = √λ.</summary>
public enum RankPriorKind
{
    /// <summary>p(s) ∝ 1/s: scale-free.</summary>
    LogUniform,

    /// <summary>p(s) ∝ 1/(1 + s²/η²).</summary>
    HalfCauchy,
}
