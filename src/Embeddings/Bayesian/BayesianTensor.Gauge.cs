namespace Dlrm.Embeddings;

/// <content>Gauge moves.</content>
public sealed partial class BayesianTensor
{
    /// <summary>Moves every bond to the balanced canonical form; the tensor is unchanged to rounding, its components are ordered by energy.</summary>
    /// <remarks>
    /// <code>
    /// G′[k] = T[k−1]⁻¹ · G[k] · T[k]          σ²′ = (T[k−1]⁻¹)∘² · σ² · (T[k])∘²          v′ = (T[k−1]ᵀ)∘² · v · (T[k]⁻ᵀ)∘²
    /// </code>
    /// <para>σ² is the diagonal of the transformed covariance, v the second moment of a gradient with independent entries; m moves exactly, by T[k−1]ᵀ and
    /// T[k]⁻ᵀ. Moments of ρ become averages with the weights of the variances that make up the new one: they must not restart, because entries that no
    /// batch touches would then feel the prior alone, at full step length, until their next gradient. λ is set to its minimiser for the new energies. Components below 1e-7 of a bond's strongest are dropped.</para>
    /// </remarks>
    public void MoveGauge()
    {
        if (IsZero)
        {
            return;
        }

        float[][] means = [.. _factors.Select(factor => factor.Mean.ToArray())];
        if (TtmGauge.Maps(Shape, means) is not BondMap[] maps)
        {
            return;
        }

        int order = Shape.Order;
        int[] ranks = [1, .. maps.Select(map => map.New), 1];
        for (int k = 0; k < order; k++)
        {
            BondMap left = k == 0 ? BondMap.Identity : maps[k - 1];
            BondMap right = k == order - 1 ? BondMap.Identity : maps[k];
            BayesianFactor factor = _factors[k];
            float[] mean = TtmGauge.Apply(Shape, k, means[k], left.Left, left.New, right.Right, right.New);
            LogDeviationState deviations = MoveLogDeviations(k, left, right);

            // A gradient moves by the inverse transposes; so do its first moment, and its second by their squares.
            double[] gradientLeft = Transposed(left.Right, left.Old, left.New);
            double[] gradientRight = Transposed(right.Left, right.New, right.Old);
            float[] firstMoment = factor.FirstMoment is null ? []
                : TtmGauge.Apply(Shape, k, factor.FirstMoment.ToArray(), gradientLeft, left.New, gradientRight, right.New);
            float[] secondMoment = factor.SecondMoment is null ? []
                : TtmGauge.Apply(Shape, k, factor.SecondMoment.ToArray(), Squares(gradientLeft), left.New, Squares(gradientRight), right.New);
            factor.Replace(mean, deviations, firstMoment, secondMoment);
        }

        Shape = Shape.WithRanks(ranks);
        for (int bond = 0; bond < order - 1; bond++)
        {
            Array.Resize(ref _rankParameters[bond], ranks[bond + 1]);
        }

        UseMeans();
        RefreshRankParameters();
    }

    /// <summary>Moves ρ and its moments: σ²′ = A∘² · σ² · B∘², and each moment is averaged with the weights A²σ²B² / σ²′ (exact for scales and permutations).</summary>
    private LogDeviationState MoveLogDeviations(int k, BondMap left, BondMap right)
    {
        BayesianFactor factor = _factors[k];
        if (factor.LogDeviation is null)
        {
            return default;
        }

        double[] squaredLeft = Squares(left.Left);
        double[] squaredRight = Squares(right.Right);
        float[] old = Array.ConvertAll(factor.LogDeviation.ToArray(), value => MathF.Exp(2 * value));
        float[] variance = TtmGauge.Apply(Shape, k, old, squaredLeft, left.New, squaredRight, right.New);
        float[] Average(Numerics.DeviceBuffer<float>? moment)
        {
            if (moment is null)
            {
                return [];
            }

            float[] values = moment.ToArray();
            System.Numerics.Tensors.TensorPrimitives.Multiply(values, old, values);
            float[] moved = TtmGauge.Apply(Shape, k, values, squaredLeft, left.New, squaredRight, right.New);
            for (int i = 0; i < moved.Length; i++)
            {
                moved[i] = variance[i] > 0 ? moved[i] / variance[i] : 0;
            }

            return moved;
        }

        return new LogDeviationState(
            Array.ConvertAll(variance, value => 0.5f * MathF.Log(MathF.Max(value, 1e-30f))), Average(factor.LogDeviationFirstMoment), Average(factor.LogDeviationSecondMoment));
    }

    /// <summary>Sets every λ to its minimiser for the present energies.</summary>
    private void RefreshRankParameters()
    {
        if (Prior.Inference == InferenceKind.FixedRanks)
        {
            return;
        }

        double[][] energies = [.. _rankParameters.Select(parameters => new double[parameters.Length])];
        for (int k = 0; k < _factors.Length; k++)
        {
            int bond = GoverningBond(k);
            double[] sums = new double[energies[bond].Length];
            _device.SliceEnergies(_factors[k].Mean, _factors[k].LogDeviation, GoverningAxis(k), sums);
            for (int r = 0; r < sums.Length; r++)
            {
                energies[bond][r] += sums[r];
            }
        }

        for (int bond = 0; bond < energies.Length; bond++)
        {
            double entries = EntriesPerComponent(bond);
            for (int r = 0; r < energies[bond].Length; r++)
            {
                _rankParameters[bond][r] = RankPrior.Minimizer(Prior.Prior, energies[bond][r], entries, Prior.Scale);
            }
        }

        UploadRankParameters();
    }

    private static double[] Squares(double[] values) => Array.ConvertAll(values, value => value * value);

    private static double[] Transposed(double[] values, int rows, int columns)
    {
        double[] result = new double[values.Length];
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
            {
                result[(j * rows) + i] = values[(i * columns) + j];
            }
        }

        return result;
    }
}
