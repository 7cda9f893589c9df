using Dlrm.Numerics;

namespace Dlrm.Embeddings;

/// <content>The variational bound's prior part.</content>
public sealed partial class BayesianTensor
{
    /// <summary>Computes KL(q ‖ p(·|λ)) − Σ ln p(√λ), the second up to a constant.</summary>
    /// <remarks><code>KL = Σ over entries of ½ [ (μ² + σ²)/λ − 1 − ln(σ²/λ) ]</code></remarks>
    /// <returns>Nats; 0 with fixed ranks and for a zero tensor.</returns>
    public double KlDivergence()
    {
        if (IsZero || Prior.Inference == InferenceKind.FixedRanks)
        {
            return 0;
        }

        double sum = 0;
        for (int k = 0; k < _factors.Length; k++)
        {
            (RankAxis axis, _) = PriorOf(k);
            double[] energies = new double[axis.Size];
            double[] logDeviations = new double[axis.Size];
            _device.SliceEnergies(_factors[k].Mean, _factors[k].LogDeviation, axis, energies);
            _device.SliceSums(_factors[k].LogDeviation!, axis, logDeviations);
            for (int r = 0; r < axis.Size; r++)
            {
                double variance = PriorVariance(k, r);
                sum += 0.5 * ((energies[r] / variance) + (axis.EntriesPerComponent * (Math.Log(variance) - 1))) - logDeviations[r];
            }
        }

        return sum + _rankParameters.Sum(bond => bond.Sum(value => RankPrior.NegativeLogHyperPrior(Prior.Prior, value, Prior.Scale)));
    }

    /// <summary>Gets the prior variance of the entries of factor k that belong to component r of its governing bond.</summary>
    private double PriorVariance(int k, int r) =>
        Format.Factors[k].GoverningAxis is FactorAxis governing ? _rankParameters[governing.Bond][r] : Format.Factors[k].FixedVariance;
}
