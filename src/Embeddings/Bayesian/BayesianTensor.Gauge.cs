using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;
using Dlrm.Numerics;

namespace Dlrm.Embeddings;

/// <content>Gauge moves.</content>
public sealed partial class BayesianTensor
{
    private const float SmallestVariance = 1e-30f;

    /// <summary>Moves every bond to the basis in which λ sees its energy; the tensor is unchanged to rounding, components are ordered by energy.</summary>
    /// <remarks>
    /// <code>
    /// μ′ = M·μ      σ²′ = M∘²·σ²      m′ = D·m      v′ = D∘²·v            M and D = M⁻ᵀ along each bond axis of a factor: <see cref="AxisMap"/>
    /// </code>
    /// <para>σ² is the diagonal of the transformed covariance, v the second moment of a gradient with independent entries; m moves exactly. Moments of ρ
    /// become averages with the weights of the variances that make up the new one: they must not restart, because entries that no batch touches would
    /// then feel the prior alone, at full step length, until their next gradient. λ is set to its minimiser for the new energies.</para>
    /// </remarks>
    public void MoveGauge() => MoveGauges([this]);

    /// <summary>Moves the gauges of several tensors, computed side by side: none depends on another.</summary>
    /// <param name="tensors">The tensors.</param>
    public static void MoveGauges(IReadOnlyList<BayesianTensor> tensors)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        MovedFactors?[] moved = new MovedFactors?[tensors.Count];
        Parallel.For(0, moved.Length, t => moved[t] = tensors[t].ComputeGaugeMove());
        for (int t = 0; t < moved.Length; t++)
        {
            if (moved[t] is MovedFactors factors)
            {
                tensors[t].Take(factors);
            }
        }
    }

    private MovedFactors? ComputeGaugeMove()
    {
        if (IsZero)
        {
            return null;
        }

        float[][] means = [.. _factors.Select(factor => Rent(factor.Mean))];
        GaugeMove? move = Format.MoveGauge(means);
        foreach (float[] mean in means)
        {
            Return(mean);
        }

        return move is null ? null : new MovedFactors(move, [.. Enumerable.Range(0, _factors.Length).Select(k => Moved(k, move))]);
    }

    private void Take(MovedFactors moved)
    {
        Revision++;
        for (int k = 0; k < _factors.Length; k++)
        {
            (LogDeviationState deviations, float[]? firstMoment, float[]? secondMoment) = moved.States[k];
            int length = moved.Move.Means[k].Length;
            _factors[k].Replace(moved.Move.Means[k], deviations, Used(firstMoment, length), Used(secondMoment, length));
            foreach (float[]? values in (ReadOnlySpan<float[]?>)[deviations.Values, deviations.FirstMoment, deviations.SecondMoment, firstMoment, secondMoment])
            {
                Return(values);
            }
        }

        Format = Format.WithRanks(moved.Move.Ranks);
        for (int bond = 0; bond < _rankParameters.Length; bond++)
        {
            Array.Resize(ref _rankParameters[bond], Format.Ranks[bond]);
        }

        UseMeans();
        RefreshRankParameters();
    }

    /// <summary>Computes the moved state of factor k, but for μ.</summary>
    private (LogDeviationState Deviations, float[]? FirstMoment, float[]? SecondMoment) Moved(int k, GaugeMove move)
    {
        AxisMap[] maps = move.Maps[k];
        RankAxis[] axes = [.. Format.Factors[k].Axes.Select(axis => axis.Axis)];
        AxisProduct dual = new(axes, maps, map => map.Dual, move.Means[k].Length);
        AxisProduct dualSquares = new(axes, maps, map => Squares(map.Dual), move.Means[k].Length);
        AxisProduct squares = new(axes, maps, map => Squares(map.Forward), move.Means[k].Length);
        return (MoveLogDeviations(_factors[k], squares), Move(_factors[k].FirstMoment, dual), Move(_factors[k].SecondMoment, dualSquares));
    }

    /// <summary>Moves ρ and its moments: σ²′ = M∘²·σ², and each moment is averaged with the weights M²σ² / σ²′ (exact for scales and permutations).</summary>
    /// <returns>Rented arrays; null where the factor has none.</returns>
    private static LogDeviationState MoveLogDeviations(BayesianFactor factor, AxisProduct squares)
    {
        if (factor.LogDeviation is null)
        {
            return default;
        }

        int count = (int)factor.LogDeviation.Length;
        int length = squares.Length;
        float[] old = Rent(factor.LogDeviation);
        Variances(old.AsSpan(0, count));
        float[] values = squares.Apply(old, count);
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

            float[] weighted = Rent(moment);
            Multiply(weighted.AsSpan(0, count), old);
            float[] moved = squares.Apply(weighted, count);
            Divide(moved.AsSpan(0, length), values);
            Return(weighted);
            return moved;
        }
    }

    /// <summary>Moves one buffer.</summary>
    /// <returns>A rented array, null for no buffer.</returns>
    private static float[]? Move(DeviceBuffer<float>? buffer, AxisProduct product)
    {
        if (buffer is null)
        {
            return null;
        }

        float[] values = Rent(buffer);
        float[] result = product.Apply(values, (int)buffer.Length);
        Return(values);
        return result;
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
            if (Format.Factors[k].GoverningAxis is FactorAxis governing)
            {
                double[] sums = new double[governing.Axis.Size];
                _device.SliceEnergies(_factors[k].Mean, _factors[k].LogDeviation, governing.Axis, sums);
                Add(sums, energies[governing.Bond]);
            }
        }

        for (int bond = 0; bond < energies.Length; bond++)
        {
            double entries = Format.GovernedEntries(bond);
            for (int r = 0; r < energies[bond].Length; r++)
            {
                _rankParameters[bond][r] = RankPrior.Minimizer(Prior.Prior, energies[bond][r], entries, Prior.Scale);
            }
        }

        UploadRankParameters();
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

    /// <summary>What a gauge move has computed; the arrays but the means are rented.</summary>
    private sealed record MovedFactors(GaugeMove Move, (LogDeviationState Deviations, float[]? FirstMoment, float[]? SecondMoment)[] States);

    /// <summary>One kind of product with the maps of a factor's axes.</summary>
    private sealed class AxisProduct(RankAxis[] axes, AxisMap[] maps, Func<AxisMap, double[]> matrix, int length)
    {
        private readonly double[][] _matrices = [.. maps.Select(matrix)];
        private readonly int[] _sizes = [.. maps.Select(map => map.New)];

        internal int Length => length;

        /// <summary>Computes the product.</summary>
        /// <returns>A rented array of at least <see cref="Length"/> entries.</returns>
        internal float[] Apply(float[] values, int count)
        {
            float[] result = ArrayPool<float>.Shared.Rent(length);
            ModeProducts.Apply(values.AsSpan(0, count), axes, _matrices, _sizes, result.AsSpan(0, length));
            return result;
        }
    }
}
