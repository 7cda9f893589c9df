namespace Dlrm.Embeddings;

/// <summary>Which components a pruning event removes.</summary>
public enum PruneRule
{
    /// <summary>The weakest of each bond, when its code costs more than the fit that it buys: <see cref="EvidencePruner"/>.</summary>
    Evidence,

    /// <summary>Those whose λ is below a fraction of the bond's largest: <see cref="ThresholdPruner"/>.</summary>
    Threshold,
}
