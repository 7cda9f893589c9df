using System.Buffers;
using System.Runtime.CompilerServices;
using Dlrm.Numerics;

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
    /// T[k]⁻ᵀ. Both moments of ρ restart at zero; λ is set to its minimiser for the new energies. Components below 1e-7 of a bond's strongest are dropped.</para>
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
            float[]? logDeviation = Apply(k, factor.LogDeviation, Squares(left.Left), left.New, Squares(right.Right), right.New, isLogarithm: true);

            // A gradient moves by the inverse transposes; so do its first moment, and its second by their squares.
            double[] gradientLeft = Transposed(left.Right, left.Old, left.New);
            double[] gradientRight = Transposed(right.Left, right.New, right.Old);
            float[]? firstMoment = Apply(k, factor.FirstMoment, gradientLeft, left.New, gradientRight, right.New, isLogarithm: false);
            float[]? secondMoment = Apply(k, factor.SecondMoment, Squares(gradientLeft), left.New, Squares(gradientRight), right.New, isLogarithm: false);
            factor.Replace(mean.AsSpan(0, length), Used(logDeviation, length), Used(firstMoment, length), Used(secondMoment, length));
            foreach (float[]? values in (ReadOnlySpan<float[]?>)[mean, logDeviation, firstMoment, secondMoment])
            {
                Return(values);
            }
        }

        Shape = Shape.WithRanks(ranks);
        _restartedStep = 0;
        for (int bond = 0; bond < order - 1; bond++)
        {
            Array.Resize(ref _rankParameters[bond], ranks[bond + 1]);
        }

        UseMeans();
        RefreshRankParameters();
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

    /// <summary>Applies maps to one buffer of core k; as ln σ it moves as σ².</summary>
    /// <returns>A rented array, null for no buffer.</returns>
    private float[]? Apply(int k, DeviceBuffer<float>? buffer, double[] left, int newLeft, double[] right, int newRight, bool isLogarithm)
    {
        if (buffer is null)
        {
            return null;
        }

        float[] values = Rent(buffer);
        int length = Shape.RowModes[k] * newLeft * Shape.ColumnModes[k] * newRight;
        float[] result = ArrayPool<float>.Shared.Rent(length);
        if (isLogarithm)
        {
            Variances(values.AsSpan(0, (int)buffer.Length));
        }

        CoreProducts.Apply(Shape, k, values, left, newLeft, right, newRight, result);
        if (isLogarithm)
        {
            LogDeviations(result.AsSpan(0, length));
        }

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

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Variances(Span<float> logDeviations)
    {
        for (int i = 0; i < logDeviations.Length; i++)
        {
            logDeviations[i] = MathF.Exp(2 * logDeviations[i]);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void LogDeviations(Span<float> variances)
    {
        for (int i = 0; i < variances.Length; i++)
        {
            variances[i] = 0.5f * MathF.Log(MathF.Max(variances[i], 1e-30f));
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
