using Dlrm.Numerics;

namespace Dlrm.Embeddings;

/// <content>Removing components physically.</content>
public sealed partial class BayesianTensor
{
    /// <summary>Computes what each component's entries cost: those of its slices in every factor that its bond runs through.</summary>
    /// <remarks>
    /// <code>
    /// ½ [ (μ² + σ²)/λ − 1 − ln(σ²/λ) ]  +  ½ max(0, 1 − σ²/λ)        =   ½ [ μ²/λ + ln(λ/σ²) ]   where σ² ≤ λ
    /// </code>
    /// <para>The first is the entry's KL. The second is the fit that its draws lose against its mean, per β: ½σ²·N·F/β, with N·F/β = 1/σ² − 1/λ where σ is at
    /// its optimum. Pruning measures the fit at the means, where nothing of it shows: without it, components that fit noise are kept (about ½ nat of
    /// each entry that the data determine). The sum is that of the Laplace approximation.</para>
    /// </remarks>
    /// <returns>
    /// The KL of the entries that a λ governs, and of each component of each bond, in nats. Entries of a fixed prior variance (Tucker's core) don't count
    /// in the first: those of components that nothing needs never become cheap, but go with the components.
    /// </returns>
    public (double Governed, double[][] Components) ComponentCosts()
    {
        double governed = 0;
        double[][] costs = [.. _rankParameters.Select(bond => new double[bond.Length])];
        for (int k = 0; k < _factors.Length; k++)
        {
            double[] entryCosts = EntryCosts(k);
            governed += Format.Factors[k].GoverningAxis is null ? 0 : entryCosts.Sum();
            foreach (FactorAxis axis in Format.Factors[k].Axes)
            {
                AddSlices(entryCosts, axis.Axis, costs[axis.Bond]);
            }
        }

        return (governed, costs);
    }

    /// <summary>Gets the component of a bond that the prior holds for the weakest: the smallest λ, the last one of equals.</summary>
    /// <param name="bond">The bond.</param>
    /// <returns>The component.</returns>
    public int WeakestComponent(int bond)
    {
        double[] parameters = _rankParameters[bond];
        int weakest = parameters.Length - 1;
        for (int r = weakest - 1; r >= 0; r--)
        {
            weakest = parameters[r] < parameters[weakest] ? r : weakest;
        }

        return weakest;
    }

    /// <summary>Chooses the component of a bond that pruning tries: the format's choice, else the weakest.</summary>
    /// <param name="bond">The bond, of at least 2 components.</param>
    /// <returns>The component, and the means that the others would take; null to leave them.</returns>
    public (int Component, ReducedFactors? Reduced) Candidate(int bond)
    {
        ReducedFactors? reduced = Format.Reduce([.. _factors.Select(factor => factor.Mean.ToArray())], bond);
        return (reduced?.Component ?? WeakestComponent(bond), reduced);
    }

    /// <summary>Makes forward passes use other means.</summary>
    /// <param name="reduced">What <see cref="Candidate"/> found.</param>
    public void UseMeansOf(ReducedFactors reduced)
    {
        ArgumentNullException.ThrowIfNull(reduced);
        UseMeans();
        for (int k = 0; k < _factors.Length; k++)
        {
            _factors[k].Gradient.CopyFrom(reduced.Means[k]);
            _active[0][k] = _factors[k].Gradient;
        }
    }

    /// <summary>Takes other means and removes the component that they do without.</summary>
    /// <param name="bond">The bond.</param>
    /// <param name="reduced">What <see cref="Candidate"/> found.</param>
    public void Reduce(int bond, ReducedFactors reduced)
    {
        ArgumentNullException.ThrowIfNull(reduced);
        for (int k = 0; k < _factors.Length; k++)
        {
            _factors[k].Mean.CopyFrom(reduced.Means[k]);
        }

        RemoveComponent(bond, reduced.Component);
    }

    /// <summary>Makes forward passes use the means without one component.</summary>
    /// <param name="bond">The bond.</param>
    /// <param name="component">The component.</param>
    public void UseMeansWithout(int bond, int component)
    {
        UseMeans();
        (int factor, FactorAxis through) = Through(bond).First();
        RankAxis axis = through.Axis;
        float[] values = _factors[factor].Mean.ToArray();
        for (long o = 0; o < axis.Outer; o++)
        {
            values.AsSpan((int)(((o * axis.Size) + component) * axis.Inner), (int)axis.Inner).Clear();
        }

        // The gradient's memory serves as scratch: no gradient lives between two steps.
        _factors[factor].Gradient.CopyFrom(values);
        _active[0][factor] = _factors[factor].Gradient;
    }

    /// <summary>Makes forward passes give zeros, until <see cref="UseMeans"/>.</summary>
    public void UseZero()
    {
        UseMeans();
        _factors[0].Gradient.Clear();
        _active[0][0] = _factors[0].Gradient;
    }

    /// <summary>Removes one component: factors, λ, σ and the optimiser's state are packed to the smaller rank.</summary>
    /// <param name="bond">The bond.</param>
    /// <param name="component">The component.</param>
    /// <exception cref="InvalidOperationException">It is the bond's last one.</exception>
    public void RemoveComponent(int bond, int component)
    {
        int size = Format.Ranks[bond];
        if (size == 1)
        {
            throw new InvalidOperationException($"{Name}: bond {bond} has one component left; drop the whole tensor instead.");
        }

        Revision++;
        int[] kept = [.. Enumerable.Range(0, size).Where(r => r != component)];
        int[] ranks = [.. Format.Ranks];
        ranks[bond] = size - 1;
        foreach ((int factor, FactorAxis axis) in Through(bond))
        {
            _factors[factor].Keep(axis.Axis, kept);
        }

        _rankParameters[bond] = [.. kept.Select(r => _rankParameters[bond][r])];
        Format = Format.WithRanks(ranks);
        UseMeans();
        RefreshRankParameters();
    }

    private static void AddSlices(double[] values, RankAxis axis, double[] sums)
    {
        int next = 0;
        for (long o = 0; o < axis.Outer; o++)
        {
            for (int r = 0; r < axis.Size; r++)
            {
                for (long end = next + axis.Inner; next < end; next++)
                {
                    sums[r] += values[next];
                }
            }
        }
    }

    /// <summary>Lists the factors that a bond runs through.</summary>
    private IEnumerable<(int Factor, FactorAxis Axis)> Through(int bond) =>
        from k in Enumerable.Range(0, _factors.Length) from axis in Format.Factors[k].Axes where axis.Bond == bond select (k, axis);

    /// <summary>Computes what every entry of factor k costs: its KL and the fit that its deviation costs, in nats.</summary>
    private double[] EntryCosts(int k)
    {
        float[] means = _factors[k].Mean.ToArray();
        float[] logDeviations = _factors[k].LogDeviation!.ToArray();
        (RankAxis axis, _) = PriorOf(k);
        double[] entryCosts = new double[means.Length];
        int next = 0;
        for (long o = 0; o < axis.Outer; o++)
        {
            for (int r = 0; r < axis.Size; r++)
            {
                double prior = PriorVariance(k, r);
                double logPrior = Math.Log(prior);
                for (long end = next + axis.Inner; next < end; next++)
                {
                    double variance = Math.Exp(2.0 * logDeviations[next]) / prior;
                    double divergence = 0.5 * (((double)means[next] * means[next] / prior) + variance - 1 - (2.0 * logDeviations[next]) + logPrior);
                    entryCosts[next] = divergence + (0.5 * Math.Max(0, 1 - variance));
                }
            }
        }

        return entryCosts;
    }
}
