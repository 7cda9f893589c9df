using System.Runtime.Intrinsics;

namespace Dlrm.Numerics.Kernels;

/// <summary>Adds μ² + σ² of each entry.</summary>
internal readonly unsafe struct EnergyVisitor : IComponentVisitor
{
    private readonly float* _mean;
    private readonly float* _logDeviation;

    /// <summary>Initializes a new instance of the <see cref="EnergyVisitor"/> struct.</summary>
    /// <param name="mean">μ.</param>
    /// <param name="logDeviation">ρ, or null for σ = 0.</param>
    internal EnergyVisitor(float* mean, float* logDeviation)
    {
        _mean = mean;
        _logDeviation = logDeviation;
    }

    /// <inheritdoc/>
    public void Visit(long position, int length, float* weights, double* sums)
    {
        double* energies = stackalloc double[8];
        for (int i = 0; i < length; i += 8)
        {
            int count = Math.Min(8, length - i);
            Vector256<float> mean = VectorEnds.Load(_mean + position + i, count);
            Vector256<float> variance = default;
            if (_logDeviation is not null)
            {
                Vector256<float> logDeviation = VectorEnds.Load(_logDeviation + position + i, count);
                variance = VectorMath.Exp(logDeviation + logDeviation);
            }

            if (count == 8)
            {
                PosteriorKernels.AddEnergies(mean, variance, sums + i);
                continue;
            }

            new Span<double>(energies, 8).Clear();
            PosteriorKernels.AddEnergies(mean, variance, energies);
            for (int x = 0; x < count; x++)
            {
                sums[i + x] += energies[x];
            }
        }
    }
}
