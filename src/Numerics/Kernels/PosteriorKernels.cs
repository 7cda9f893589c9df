using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Dlrm.Numerics.Kernels;

/// <summary>Draws from the posterior, its gradients, and the references of the posterior step.</summary>
internal static unsafe class PosteriorKernels
{
    private const int NormalsAtOnce = 512;

    /// <summary>Draws <c>draw[i] = mean[i] + exp(logDeviation[i]) · ε_i</c>.</summary>
    /// <param name="mean">μ.</param>
    /// <param name="logDeviation">ρ.</param>
    /// <param name="stream">The stream.</param>
    /// <param name="draw">Receives Φ.</param>
    /// <param name="start">The first entry.</param>
    /// <param name="end">The end.</param>
    internal static void Draw(float* mean, float* logDeviation, RandomStream stream, float* draw, long start, long end)
    {
        float* normals = stackalloc float[NormalsAtOnce];
        for (long position = start; position < end; position += NormalsAtOnce)
        {
            int length = (int)Math.Min(NormalsAtOnce, end - position);
            PhiloxKernels.Normal(stream, position, new Span<float>(normals, length));
            for (int i = 0; i < length; i += 8)
            {
                int count = Math.Min(8, length - i);
                Vector256<float> deviation = VectorMath.Exp(VectorEnds.Load(logDeviation + position + i, count));
                Vector256<float> value = Vector256.FusedMultiplyAdd(deviation, Vector256.Load(normals + i), VectorEnds.Load(mean + position + i, count));
                VectorEnds.Store(value, draw + position + i, count);
            }
        }
    }

    /// <summary>Adds <c>meanGradient += g; logDeviationGradient += g · (draw − mean)</c>.</summary>
    /// <param name="gradient">g.</param>
    /// <param name="draw">Φ.</param>
    /// <param name="mean">μ.</param>
    /// <param name="meanGradient">Is added to.</param>
    /// <param name="logDeviationGradient">Is added to.</param>
    /// <param name="length">The number of entries.</param>
    internal static void AccumulateGradients(float* gradient, float* draw, float* mean, float* meanGradient, float* logDeviationGradient, long length)
    {
        for (long i = 0; i < length; i += 8)
        {
            int count = (int)Math.Min(8, length - i);
            Vector256<float> g = VectorEnds.Load(gradient + i, count);
            Vector256<float> deviation = VectorEnds.Load(draw + i, count) - VectorEnds.Load(mean + i, count);
            VectorEnds.Store(VectorEnds.Load(meanGradient + i, count) + g, meanGradient + i, count);
            VectorEnds.Store(VectorEnds.Load(logDeviationGradient + i, count) + (g * deviation), logDeviationGradient + i, count);
        }
    }

    /// <summary>Adds <c>μ² + σ²</c> of eight entries, in double.</summary>
    /// <param name="mean">μ.</param>
    /// <param name="variance">σ².</param>
    /// <param name="energies">Eight sums.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void AddEnergies(Vector256<float> mean, Vector256<float> variance, double* energies)
    {
        (Vector256<double> meanLow, Vector256<double> meanHigh) = Vector256.Widen(mean);
        (Vector256<double> varianceLow, Vector256<double> varianceHigh) = Vector256.Widen(variance);
        (Vector256.Load(energies) + ((meanLow * meanLow) + varianceLow)).Store(energies);
        (Vector256.Load(energies + 4) + ((meanHigh * meanHigh) + varianceHigh)).Store(energies + 4);
    }

    /// <summary>The definition of the posterior step of one entry.</summary>
    /// <remarks>The numbers of <paramref name="entry"/> are those of <see cref="PosteriorFactor"/>, at one entry.</remarks>
    /// <param name="entry">The entry.</param>
    /// <param name="rankParameter">λ of its component.</param>
    /// <param name="isSvi">Whether ρ is trained.</param>
    /// <param name="arguments">The step's numbers.</param>
    internal static void Reference(ref PosteriorEntry entry, double rankParameter, bool isSvi, in PosteriorStepArguments arguments)
    {
        double w = arguments.KlWeight;
        double g = entry.MeanGradient * arguments.GradientScale;
        double likelihood = (entry.LogDeviationGradient * arguments.GradientScale) ?? (g * (entry.Draw - entry.Mean));
        double numerator = g;
        double denominator = 1;
        double meanSquare = g * g;
        switch (arguments.Optimizer)
        {
            case FactorOptimizer.Adagrad:
                entry.MeanSecond += g * g;
                denominator = Math.Sqrt(entry.MeanSecond) + arguments.Epsilon;
                meanSquare = entry.MeanSecond / arguments.Step;
                break;
            case FactorOptimizer.Adam:
                entry.MeanFirst = (arguments.Beta1 * entry.MeanFirst) + ((1.0 - arguments.Beta1) * g);
                entry.MeanSecond = (arguments.Beta2 * entry.MeanSecond) + ((1.0 - arguments.Beta2) * g * g);
                numerator = entry.MeanFirst / (1.0 - Math.Pow(arguments.Beta1, arguments.Step));
                meanSquare = entry.MeanSecond / (1.0 - Math.Pow(arguments.Beta2, arguments.Step));
                denominator = Math.Sqrt(meanSquare) + arguments.Epsilon;
                break;
        }

        entry.Mean = (entry.Mean - (arguments.LearningRate * numerator / denominator)) / (1 + (arguments.LearningRate * w / (rankParameter * denominator)));
        if (isSvi)
        {
            double rhoGradient = likelihood + (w * ((Math.Exp(2 * entry.LogDeviation) / rankParameter) - 1));
            AdamArguments adam = new(
                arguments.LogDeviationLearningRate, arguments.Beta1, arguments.Beta2, arguments.Epsilon, arguments.Step, 1f);
            OptimizerKernels.AdamReference(ref entry.LogDeviation, rhoGradient, ref entry.DeviationFirst, ref entry.DeviationSecond, adam);
        }
        else if (w > 0)
        {
            entry.LogDeviation = -0.5 * Math.Log((arguments.BatchSize * meanSquare / w) + (1 / rankParameter));
        }

        bool isMoved = isSvi || w > 0;
        entry.LogDeviation = isMoved ? Math.Clamp(entry.LogDeviation, PosteriorConstants.MinLogDeviation, PosteriorConstants.MaxLogDeviation) : entry.LogDeviation;
    }
}
