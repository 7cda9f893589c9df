using Dlrm.Embeddings;

namespace Dlrm.Training;

/// <summary>Moves gauges and prunes components of a model's tensors where the schedule says so.</summary>
internal static class RankEvents
{
    /// <summary>Does what is due after a step.</summary>
    /// <param name="tensors">The tensors.</param>
    /// <param name="schedule">When.</param>
    /// <param name="rule">What removes components.</param>
    /// <param name="step">The step just taken.</param>
    /// <param name="smoothedLoss">The smoothed training loss in nats per sample.</param>
    /// <param name="makeProbe">Makes the evidence ready, or gives null when there is no sample; called only when evidence decides.</param>
    /// <returns>What was removed.</returns>
    internal static IReadOnlyList<PruningEvent> Run(
        IReadOnlyList<BayesianTensor> tensors, RankSchedule schedule, PruneRule rule, long step, double smoothedLoss, Func<ILikelihoodProbe?> makeProbe)
    {
        if (!schedule.HasEvent(step))
        {
            return [];
        }

        List<PruningEvent> events = schedule.MovesGauge(step) ? MoveGauges(tensors) : [];
        if (!schedule.Prunes(step, smoothedLoss))
        {
            return events;
        }

        if (rule == PruneRule.Threshold)
        {
            events.AddRange(ThresholdPruner.Prune(tensors));
        }
        else if (makeProbe() is ILikelihoodProbe probe)
        {
            events.AddRange(EvidencePruner.Prune(tensors, probe, schedule.KlWeight(step)));
        }

        return events;
    }

    private static List<PruningEvent> MoveGauges(IReadOnlyList<BayesianTensor> tensors)
    {
        List<PruningEvent> events = [];
        int[][] before = [.. tensors.Select(tensor => tensor.Format.Ranks.ToArray())];
        BayesianTensor.MoveGauges(tensors);
        for (int t = 0; t < before.Length; t++)
        {
            BayesianTensor tensor = tensors[t];
            for (int bond = 0; bond < before[t].Length; bond++)
            {
                if (tensor.Format.Ranks[bond] < before[t][bond])
                {
                    // Components without energy leave with the move: they cost no fit.
                    events.Add(new PruningEvent(tensor.Name, bond, 0, 0, [.. tensor.Format.Ranks]));
                }
            }
        }

        return events;
    }
}
