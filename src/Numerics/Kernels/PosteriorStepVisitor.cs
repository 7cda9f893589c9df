using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Dlrm.Numerics.Kernels;

/// <summary>Steps entries of a factor and adds their energies; the formulas stand at <see cref="IDevice.PosteriorStep"/>.</summary>
/// <remarks>
/// <para>Lanes are entries. weights are w/λ of the entry's component. A last part of fewer than 8 entries is copied to a block of 8 and back.</para>
/// <para>ρ is kept in [−20, 5]; a NaN stays one. map takes F = B·v̂ with v̂ = Σg²/t for Adagrad and the present g² for SGD.</para>
/// </remarks>
/// <typeparam name="TMode">Says whether ρ is trained, at compile time.</typeparam>
internal readonly unsafe struct PosteriorStepVisitor<TMode> : IComponentVisitor
    where TMode : struct, IPosteriorMode
{
    private readonly PosteriorPointers _factor;
    private readonly PosteriorConstants _constants;

    /// <summary>Initializes a new instance of the <see cref="PosteriorStepVisitor{TMode}"/> struct.</summary>
    /// <param name="factor">The factor.</param>
    /// <param name="constants">The step's numbers.</param>
    internal PosteriorStepVisitor(in PosteriorPointers factor, in PosteriorConstants constants)
    {
        _factor = factor;
        _constants = constants;
    }

    /// <inheritdoc/>
    public void Visit(long position, int length, float* weights, double* sums)
    {
        PosteriorConstants constants = _constants;
        PosteriorPointers at = _factor.At(position);
        int i = 0;
        for (; i + 8 <= length; i += 8)
        {
            StepVector(in constants, in at, i, Vector256.Load(weights + i), sums + i);
        }

        if (i < length)
        {
            float* block = stackalloc float[8 * PosteriorPointers.Arrays];
            double* energies = stackalloc double[8];
            PosteriorPointers end = at.At(i);
            PosteriorPointers copy = end.In(block);
            end.CopyTo(in copy, length - i);
            StepVector(in constants, in copy, 0, VectorEnds.Load(weights + i, length - i), energies);
            copy.CopyTo(in end, length - i);
            for (int x = i; x < length; x++)
            {
                sums[x] += energies[x - i];
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StepVector(in PosteriorConstants c, in PosteriorPointers at, int i, Vector256<float> klOverPrior, double* energies)
    {
        Vector256<float> mean = Vector256.Load(at.Mean + i);
        Vector256<float> logDeviation = Vector256.Load(at.LogDeviation + i);
        Vector256<float> gradient = Vector256.Load(at.MeanGradient + i) * c.GradientScale;
        Vector256<float> oldMean = mean;
        mean = StepMean(in c, in at, i, mean, gradient, klOverPrior, out Vector256<float> fisher);
        if (TMode.IsSvi)
        {
            Vector256<float> likelihood = at.LogDeviationGradient is null
                ? gradient * (Vector256.Load(at.Draw + i) - oldMean)
                : Vector256.Load(at.LogDeviationGradient + i) * c.GradientScale;
            Vector256<float> variance = VectorMath.Exp(logDeviation + logDeviation);
            Vector256<float> rhoGradient = likelihood + ((variance * klOverPrior) - Vector256.Create(c.KlWeight));
            Vector256<float> first = (Vector256.Load(at.DeviationFirst + i) * c.Beta1) + (rhoGradient * (1f - c.Beta1));
            Vector256<float> second = (Vector256.Load(at.DeviationSecond + i) * c.Beta2) + ((rhoGradient * rhoGradient) * (1f - c.Beta2));
            first.Store(at.DeviationFirst + i);
            second.Store(at.DeviationSecond + i);
            logDeviation -= (first * (c.FirstCorrection * c.LogDeviationLearningRate))
                / (Vector256.Sqrt(second * c.LogDeviationSecondCorrection) + Vector256.Create(c.Epsilon));
            logDeviation = Clamp(logDeviation);
            logDeviation.Store(at.LogDeviation + i);
        }
        else if (c.KlWeight > 0f)
        {
            // 1 / (F / w + 1 / λ) without the quotient of two small numbers.
            logDeviation = Clamp(Vector256.Log(Vector256.Create(c.KlWeight) / ((fisher * c.BatchSize) + klOverPrior)) * 0.5f);
            logDeviation.Store(at.LogDeviation + i);
        }

        mean.Store(at.Mean + i);
        PosteriorKernels.AddEnergies(mean, VectorMath.Exp(logDeviation + logDeviation), energies);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> StepMean(
        in PosteriorConstants c, in PosteriorPointers at, int i, Vector256<float> mean, Vector256<float> gradient, Vector256<float> klOverPrior, out Vector256<float> fisher)
    {
        Vector256<float> square = gradient * gradient;
        if (c.Optimizer == FactorOptimizer.Sgd)
        {
            fisher = square;
            return (mean - (gradient * c.LearningRate)) / (Vector256<float>.One + (klOverPrior * c.LearningRate));
        }

        Vector256<float> second = Vector256.Load(at.MeanSecond + i);
        Vector256<float> numerator;
        Vector256<float> denominator;
        if (c.Optimizer == FactorOptimizer.Adagrad)
        {
            second += square;
            fisher = second * c.SecondCorrection;
            numerator = gradient;
            denominator = Vector256.Sqrt(second) + Vector256.Create(c.Epsilon);
        }
        else
        {
            Vector256<float> first = (Vector256.Load(at.MeanFirst + i) * c.Beta1) + (gradient * (1f - c.Beta1));
            first.Store(at.MeanFirst + i);
            second = (second * c.Beta2) + (square * (1f - c.Beta2));
            fisher = second * c.SecondCorrection;
            numerator = first * c.FirstCorrection;
            denominator = Vector256.Sqrt(fisher) + Vector256.Create(c.Epsilon);
        }

        second.Store(at.MeanSecond + i);

        // lr/den first: an entry without gradient and pull keeps its bits.
        Vector256<float> rate = Vector256.Create(c.LearningRate) / denominator;
        return (mean - (numerator * rate)) / (Vector256<float>.One + (klOverPrior * rate));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Clamp(Vector256<float> logDeviation) => Vector256.MinNative(
        Vector256.Create(PosteriorConstants.MaxLogDeviation), Vector256.MaxNative(Vector256.Create(PosteriorConstants.MinLogDeviation), logDeviation));
}
