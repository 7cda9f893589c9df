namespace Dlrm.Embeddings;

/// <summary>Removes components by their rank parameters alone: the usual rule, and a control for pruning by evidence.</summary>
/// <remarks><code>remove component b of bond k   when   λ[k][b] &lt; threshold · max over c of λ[k][c]</code></remarks>
public static class ThresholdPruner
{
    /// <summary>Runs one pruning event; at least one component of every bond stays, its largest.</summary>
    /// <param name="tensors">The tensors, each with the threshold of its prior; their means are in use afterwards.</param>
    /// <returns>What was removed, in order; nothing is known of the fit lost.</returns>
    public static IReadOnlyList<PruningEvent> Prune(IReadOnlyList<BayesianTensor> tensors)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        List<PruningEvent> events = [];
        foreach (BayesianTensor tensor in tensors)
        {
            if (tensor.IsZero || tensor.Prior.Inference == InferenceKind.FixedRanks)
            {
                continue;
            }

            tensor.UseMeans();
            for (int bond = 0; bond < tensor.Format.Ranks.Count; bond++)
            {
                double[] parameters = tensor.RankParameters(bond).ToArray();
                double least = tensor.Prior.PruneThreshold * parameters.Max();

                // From the last one down: the positions of those before it stay.
                for (int r = parameters.Length - 1; r >= 0; r--)
                {
                    if (parameters[r] < least)
                    {
                        tensor.RemoveComponent(bond, r);
                        events.Add(new PruningEvent(tensor.Name, bond, 0, 0, [.. tensor.Format.Ranks]));
                    }
                }
            }
        }

        return events;
    }
}
