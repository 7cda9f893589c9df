using Dlrm.Numerics;

namespace Dlrm.Embeddings;

/// <content>Removing components physically.</content>
public sealed partial class BayesianTensor
{
    /// <summary>Computes the KL that each component's entries cost: those of column b of G[k] and of row b of G[k+1].</summary>
    /// <returns>The KL of the whole tensor and of each component of each bond, in nats.</returns>
    public (double Whole, double[][] Components) ComponentCosts()
    {
        double whole = 0;
        double[][] costs = [.. _rankParameters.Select(bond => new double[bond.Length])];
        for (int k = 0; k < _factors.Length; k++)
        {
            float[] means = _factors[k].Mean.ToArray();
            float[] logDeviations = _factors[k].LogDeviation!.ToArray();
            double[] parameters = _rankParameters[GoverningBond(k)];
            int left = Shape.Ranks[k];
            int right = Shape.Ranks[k + 1];
            int columns = Shape.ColumnModes[k];
            for (int i = 0; i < means.Length; i++)
            {
                int b = i % right;
                int a = i / (right * columns) % left;
                double rankParameter = k < Shape.Order - 1 ? parameters[b] : parameters[a];
                double variance = Math.Exp(2.0 * logDeviations[i]);
                double divergence = 0.5 * ((((double)means[i] * means[i]) + variance) / rankParameter - 1 - Math.Log(variance / rankParameter));
                whole += divergence;
                if (k > 0)
                {
                    costs[k - 1][a] += divergence;
                }

                if (k < Shape.Order - 1)
                {
                    costs[k][b] += divergence;
                }
            }
        }

        return (whole, costs);
    }

    /// <summary>Makes forward passes use the means without one component.</summary>
    /// <param name="bond">The bond.</param>
    /// <param name="component">The component.</param>
    public void UseMeansWithout(int bond, int component)
    {
        UseMeans();
        RankAxis axis = RightAxis(bond);
        float[] values = _factors[bond].Mean.ToArray();
        for (long o = 0; o < axis.Outer; o++)
        {
            values[(o * axis.Size) + component] = 0;
        }

        // The gradient's memory serves as scratch: no gradient lives between two steps.
        _factors[bond].Gradient.CopyFrom(values);
        _active[0][bond] = _factors[bond].Gradient;
    }

    /// <summary>Makes forward passes give zeros, until <see cref="UseMeans"/>.</summary>
    public void UseZero()
    {
        UseMeans();
        _factors[0].Gradient.Clear();
        _active[0][0] = _factors[0].Gradient;
    }

    /// <summary>Removes one component: factors, λ, σ and the optimiser's state are packed to the smaller TT rank.</summary>
    /// <param name="bond">The bond.</param>
    /// <param name="component">The component.</param>
    /// <exception cref="InvalidOperationException">It is the bond's last one.</exception>
    public void RemoveComponent(int bond, int component)
    {
        int size = Shape.Ranks[bond + 1];
        if (size == 1)
        {
            throw new InvalidOperationException($"{Name}: bond {bond} has one component left; drop the table instead.");
        }

        int[] kept = [.. Enumerable.Range(0, size).Where(r => r != component)];
        _factors[bond].Keep(RightAxis(bond), kept);
        _factors[bond + 1].Keep(LeftAxis(bond + 1), kept);
        _rankParameters[bond] = [.. kept.Select(r => _rankParameters[bond][r])];
        int[] ranks = Shape.Ranks.ToArray();
        ranks[bond + 1] = size - 1;
        Shape = Shape.WithRanks(ranks);
        UseMeans();
        RefreshRankParameters();
    }
}
