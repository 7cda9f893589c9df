namespace Dlrm.Embeddings;

/// <summary>Which parts of a parameter's state are saved or loaded.</summary>
[Flags]
public enum StateParts
{
    /// <summary>The stored numbers of the compact model: values, posterior means.</summary>
    Values = 1,

    /// <summary>ρ = ln σ and λ of Bayesian tensors.</summary>
    Posterior = 2,

    /// <summary>Optimiser moments and counters.</summary>
    Optimizer = 4,

    /// <summary>Everything: what an exact resume needs.</summary>
    All = Values | Posterior | Optimizer,
}
