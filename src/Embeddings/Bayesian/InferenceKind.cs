namespace Dlrm.Embeddings;

/// <summary>How the posterior of the factors is inferred.</summary>
public enum InferenceKind
{
    /// <summary>Stochastic variational inference: each step draws the factors; σ is learned.</summary>
    Svi,

    /// <summary>Means only, with the Laplace variance in place of a learned σ.</summary>
    Map,

    /// <summary>No prior: the ranks are fixed (a control).</summary>
    FixedRanks,
}
