namespace Dlrm.Embeddings;

/// <summary>Removes components whose code costs more than the fit that they buy.</summary>
/// <remarks>
/// <code>
/// remove component b of bond k   when   N · (mean paired change of −ln p(y|x) + 2 standard errors) &lt; β · Σ cost of the entries of its slices in every factor
/// </code>
/// <para>What an entry costs: <see cref="BayesianTensor.ComponentCosts"/>.</para>
/// <para>One component of each bond is tried: the format's choice with the others adjusted (<see cref="LowRankFormat.Reduce"/>), else the weakest. A tensor
/// that fails the test as a whole, with the entries that a λ governs, becomes zero.</para>
/// </remarks>
public static class EvidencePruner
{
    /// <summary>Runs one pruning event over tensors in turn; a gauge move of each must come right before it.</summary>
    /// <param name="tensors">The tensors; their means are in use afterwards.</param>
    /// <param name="probe">Measures the fit.</param>
    /// <param name="klWeight">β.</param>
    /// <returns>What was removed, in order.</returns>
    public static IReadOnlyList<PruningEvent> Prune(IReadOnlyList<BayesianTensor> tensors, ILikelihoodProbe probe, double klWeight)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        ArgumentNullException.ThrowIfNull(probe);
        Span<double> samples = [probe.Samples];
        probe.SumOverWorkers(samples);
        if (klWeight <= 0 || samples[0] < 2)
        {
            return [];
        }

        List<PruningEvent> events = [];
        double[] before = new double[probe.Samples];
        double[] after = new double[probe.Samples];
        bool isMeasured = false;
        foreach (BayesianTensor tensor in tensors)
        {
            if (tensor.IsZero || tensor.Prior.Inference == InferenceKind.FixedRanks)
            {
                continue;
            }

            tensor.UseMeans();
            probe.Focus(tensor);
            if (!isMeasured)
            {
                // Until something is removed, the losses with everything are the same for every tensor.
                probe.Measure(before);
                isMeasured = true;
            }

            Prune(tensor, probe, klWeight, before, after, events);
        }

        return events;
    }

    /// <summary>Computes N · (mean paired change + 2 standard errors).</summary>
    /// <param name="before">Losses with everything, in nats.</param>
    /// <param name="after">Losses without the component, sample by sample.</param>
    /// <param name="trainingSamples">N.</param>
    /// <returns>Nats.</returns>
    public static double FitLost(ReadOnlySpan<double> before, ReadOnlySpan<double> after, long trainingSamples)
    {
        Span<double> sums = stackalloc double[3];
        SumChanges(before, after, sums);
        return FitLost(sums, trainingSamples);
    }

    private static double FitLost(ReadOnlySpan<double> before, ReadOnlySpan<double> after, ILikelihoodProbe probe)
    {
        Span<double> sums = stackalloc double[3];
        SumChanges(before, after, sums);
        probe.SumOverWorkers(sums);
        return FitLost(sums, probe.TrainingSamples);
    }

    /// <summary>Computes the sum of the changes, of their squares, and their number: what workers add.</summary>
    private static void SumChanges(ReadOnlySpan<double> before, ReadOnlySpan<double> after, Span<double> sums)
    {
        sums.Clear();
        for (int i = 0; i < before.Length; i++)
        {
            double change = after[i] - before[i];
            sums[0] += change;
            sums[1] += change * change;
        }

        sums[2] = before.Length;
    }

    private static double FitLost(ReadOnlySpan<double> sums, long trainingSamples)
    {
        double count = sums[2];
        double mean = sums[0] / count;
        double variance = Math.Max(0, (sums[1] / count) - (mean * mean)) * count / (count - 1);
        double lost = trainingSamples * (mean + (2 * Math.Sqrt(variance / count)));
        return double.IsNaN(lost) ? double.PositiveInfinity : lost;
    }

    private static void Prune(BayesianTensor tensor, ILikelihoodProbe probe, double klWeight, double[] before, double[] after, List<PruningEvent> events)
    {
        (double governedCost, double[][] costs) = tensor.ComponentCosts();
        tensor.UseZero();
        probe.Measure(after);
        double wholeLoss = FitLost(before, after, probe);
        if (wholeLoss < klWeight * governedCost)
        {
            tensor.BecomeZero();
            probe.Accept();
            after.CopyTo(before, 0);
            events.Add(new PruningEvent(tensor.Name, -1, wholeLoss, klWeight * governedCost, []));
            return;
        }

        for (int bond = 0; bond < costs.Length; bond++)
        {
            if (tensor.Format.Ranks[bond] == 1)
            {
                continue;
            }

            (int component, ReducedFactors? reduced) = tensor.Candidate(bond);
            if (reduced is null)
            {
                tensor.UseMeansWithout(bond, component);
            }
            else
            {
                tensor.UseMeansOf(reduced);
            }

            probe.Measure(after);
            double lost = FitLost(before, after, probe);
            double saved = klWeight * costs[bond][component];
            if (lost < saved)
            {
                if (reduced is null)
                {
                    tensor.RemoveComponent(bond, component);
                }
                else
                {
                    tensor.Reduce(bond, reduced);
                }

                probe.Accept();
                after.CopyTo(before, 0);
                events.Add(new PruningEvent(tensor.Name, bond, lost, saved, [.. tensor.Format.Ranks]));
                (_, costs) = tensor.ComponentCosts();
            }
        }

        tensor.UseMeans();
    }
}
