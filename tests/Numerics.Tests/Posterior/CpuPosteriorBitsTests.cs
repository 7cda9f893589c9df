using Dlrm.Numerics.Cpu;

namespace Dlrm.Numerics.Tests.Posterior;

/// <summary>The posterior's bits do not depend on the number of threads.</summary>
public sealed class CpuPosteriorBitsTests
{
    [Theory]
    [InlineData(5000, 16, 1)]
    [InlineData(3, 5, 20000)]
    [InlineData(701, 13, 4)]
    public void PosteriorStep_AnyThreadCount_GivesTheSameBits(int outer, int size, int inner)
    {
        (double[] energies, float[] values) = Run(1, new RankAxis(outer, size, inner));
        for (int threads = 2; threads <= 3; threads++)
        {
            (double[] otherEnergies, float[] otherValues) = Run(threads, new RankAxis(outer, size, inner));

            Assert.Equal(energies, otherEnergies);
            Assert.True(values.AsSpan().SequenceEqual(otherValues), $"Values differ for {threads} threads.");
        }
    }

    private static (double[] Energies, float[] Values) Run(int threads, RankAxis axis)
    {
        using CpuDevice device = new(threads);
        using PosteriorCase factor = new(device, axis, FactorOptimizer.Adam, isSvi: true);
        double[] energies = factor.Step(PosteriorCase.Arguments(FactorOptimizer.Adam));
        device.DrawPosterior(factor.Factor.Mean, factor.Factor.LogDeviation, new RandomStream(3, 4), factor.Factor.Draw!);
        double[] again = new double[axis.Size];
        device.SliceEnergies(factor.Factor.Mean, factor.Factor.LogDeviation, axis, again);
        return ([.. energies, .. again], [.. factor.Factor.Mean.ToArray(), .. factor.Factor.LogDeviation.ToArray(), .. factor.Factor.Draw!.ToArray()]);
    }
}
