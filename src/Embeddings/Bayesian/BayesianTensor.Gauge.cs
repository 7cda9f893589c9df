using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;
using Dlrm.Numerics;

namespace Dlrm.Embeddings;

/// <content>Gauge moves.</content>
public sealed partial class BayesianTensor
{
    private const float SmallestVariance = 1e-30f;

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

        float[][] means = new float[Shape.Order][];
        for (int k = 0; k < means.Length; k++)
        {
            means[k] = Rent(_factors[k].Mean);
        }

        if (TtmGauge.Maps(Shape, means) is BondMap[] maps)
        {
            Move(means, maps);
        }

        foreach (float[] mean in means)
        {
            ArrayPool<float>.Shared.Return(mean);
        }
    }

    private void Move(float[][] means, BondMap[] maps)
    {
        int order = Shape.Order;
        int[] ranks = new int[order + 1];
        ranks[0] = ranks[order] = 1;
        for (int k = 0; k < order; k++)
        {
            BondMap left = k == 0 ? BondMap.Identity : maps[k - 1];
            BondMap right = k == order - 1 ? BondMap.Identity : maps[k];
            ranks[k + 1] = right.New;
            BayesianFactor factor = _factors[k];
            int length = Shape.RowModes[k] * left.New * Shape.ColumnModes[k] * right.New;
            float[] mean = ArrayPool<float>.Shared.Rent(length);
            CoreProducts.Apply(Shape, k, means[k], left.Left, left.New, right.Right, right.New, mean);
            LogDeviationState deviations = MoveLogDeviations(k, left, right, length);

            // A gradient moves by the inverse transposes; so do its first moment, and its second by their squares.
            double[] gradientLeft = Transposed(left.Right, left.Old, left.New);
            double[] gradientRight = Transposed(right.Left, right.New, right.Old);
            float[]? firstMoment = Apply(k, factor.FirstMoment, gradientLeft, left.New, gradientRight, right.New);
            float[]? secondMoment = Apply(k, factor.SecondMoment, Squares(gradientLeft), left.New, Squares(gradientRight), right.New);
            factor.Replace(mean.AsSpan(0, length), deviations, Used(firstMoment, length), Used(secondMoment, length));
            foreach (float[]? values in (ReadOnlySpan<float[]?>)[mean, deviations.Values, deviations.FirstMoment, deviations.SecondMoment, firstMoment, secondMoment])
            {
                Return(values);
            }
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
    /// <returns>Rented arrays; null where the factor has none.</returns>
    private LogDeviationState MoveLogDeviations(int k, BondMap left, BondMap right, int length)
    {
        BayesianFactor factor = _factors[k];
        if (factor.LogDeviation is null)
        {
            return default;
        }

        double[] squaredLeft = Squares(left.Left);
        double[] squaredRight = Squares(right.Right);
        float[] old = Rent(factor.LogDeviation);
        Variances(old.AsSpan(0, (int)factor.LogDeviation.Length));
        float[] values = ArrayPool<float>.Shared.Rent(length);
        CoreProducts.Apply(Shape, k, old, squaredLeft, left.New, squaredRight, right.New, values);
        float[]? firstMoment = Average(factor.LogDeviationFirstMoment);
        float[]? secondMoment = Average(factor.LogDeviationSecondMoment);
        Return(old);
        LogDeviations(values.AsSpan(0, length));
        return new LogDeviationState(values, firstMoment, secondMoment, length);

        float[]? Average(DeviceBuffer<float>? moment)
        {
            if (moment is null)
            {
                return null;
            }

            int count = (int)moment.Length;
            float[] weighted = Rent(moment);
            Multiply(weighted.AsSpan(0, count), old);
            float[] moved = ArrayPool<float>.Shared.Rent(length);
            CoreProducts.Apply(Shape, k, weighted, squaredLeft, left.New, squaredRight, right.New, moved);
            Divide(moved.AsSpan(0, length), values);
            Return(weighted);
            return moved;
        }
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

    /// <summary>Applies maps to one buffer of core k.</summary>
    /// <returns>A rented array, null for no buffer.</returns>
    private float[]? Apply(int k, DeviceBuffer<float>? buffer, double[] left, int newLeft, double[] right, int newRight)
    {
        if (buffer is null)
        {
            return null;
        }

        float[] values = Rent(buffer);
        float[] result = ArrayPool<float>.Shared.Rent(Shape.RowModes[k] * newLeft * Shape.ColumnModes[k] * newRight);
        CoreProducts.Apply(Shape, k, values, left, newLeft, right, newRight, result);
        ArrayPool<float>.Shared.Return(values);
        return result;
    }

    private static float[] Rent(DeviceBuffer<float> buffer)
    {
        float[] values = ArrayPool<float>.Shared.Rent((int)buffer.Length);
        buffer.CopyTo(values.AsSpan(0, (int)buffer.Length));
        return values;
    }

    private static void Return(float[]? values)
    {
        if (values is not null)
        {
            ArrayPool<float>.Shared.Return(values);
        }
    }

    private static ReadOnlySpan<float> Used(float[]? values, int length) => values is null ? [] : values.AsSpan(0, length);

    /// <summary>Replaces ρ by σ² = exp 2ρ. Vectors, because scalar exponentials took a third of a gauge move.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Variances(Span<float> logDeviations)
    {
        int i = 0;
        for (; i <= logDeviations.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector.Exp(2 * new Vector<float>(logDeviations[i..])).CopyTo(logDeviations[i..]);
        }

        for (; i < logDeviations.Length; i++)
        {
            logDeviations[i] = MathF.Exp(2 * logDeviations[i]);
        }
    }

    /// <summary>Replaces σ² by ρ = ½ ln σ².</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void LogDeviations(Span<float> variances)
    {
        int i = 0;
        for (; i <= variances.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            (0.5f * Vector.Log(Vector.Max(new Vector<float>(variances[i..]), new Vector<float>(SmallestVariance)))).CopyTo(variances[i..]);
        }

        for (; i < variances.Length; i++)
        {
            variances[i] = 0.5f * MathF.Log(MathF.Max(variances[i], SmallestVariance));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply(Span<float> values, ReadOnlySpan<float> factors)
    {
        for (int i = 0; i < values.Length; i++)
        {
            values[i] *= factors[i];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Divide(Span<float> values, ReadOnlySpan<float> variances)
    {
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = variances[i] > 0 ? values[i] / variances[i] : 0;
        }
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
