using Dlrm.Numerics;

namespace Dlrm.Embeddings;

/// <content>Removing components physically.</content>
public sealed partial class BayesianTensor
{
    /// <summary>Computes the KL that each component's entries cost: those of its slices in every factor that its bond runs through.</summary>
    /// <returns>The KL of the whole tensor and of each component of each bond, in nats.</returns>
    public (double Whole, double[][] Components) ComponentCosts()
    {
        double whole = 0;
        double[][] costs = [.. _rankParameters.Select(bond => new double[bond.Length])];
        for (int k = 0; k < _factors.Length; k++)
        {
            double[] divergences = Divergences(k);
            whole += divergences.Sum();
            foreach (FactorAxis axis in Format.Factors[k].Axes)
            {
                AddSlices(divergences, axis.Axis, costs[axis.Bond]);
            }
        }

        return (whole, costs);
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

    /// <summary>Computes the KL of every entry of factor k, in nats.</summary>
    private double[] Divergences(int k)
    {
        float[] means = _factors[k].Mean.ToArray();
        float[] logDeviations = _factors[k].LogDeviation!.ToArray();
        (RankAxis axis, _) = PriorOf(k);
        double[] divergences = new double[means.Length];
        int next = 0;
        for (long o = 0; o < axis.Outer; o++)
        {
            for (int r = 0; r < axis.Size; r++)
            {
                double prior = PriorVariance(k, r);
                double logPrior = Math.Log(prior);
                for (long end = next + axis.Inner; next < end; next++)
                {
                    double variance = Math.Exp(2.0 * logDeviations[next]);
                    divergences[next] = 0.5 * (((((double)means[next] * means[next]) + variance) / prior) - 1 - (2.0 * logDeviations[next]) + logPrior);
                }
            }
        }

        return divergences;
    }
}
