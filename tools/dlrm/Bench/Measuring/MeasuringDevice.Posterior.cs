using Dlrm.Numerics;

namespace Dlrm.CommandLine.Bench.Measuring;

/// <content>The variational posterior of low-rank factors: one factor a call.</content>
internal sealed partial class MeasuringDevice
{
    /// <inheritdoc/>
    public void DrawPosterior(DeviceBuffer<float> mean, DeviceBuffer<float> logDeviation, RandomStream stream, DeviceBuffer<float> draw)
    {
        long start = Start();
        inner.DrawPosterior(mean, logDeviation, stream, draw);
        Stop(start, nameof(DrawPosterior), draw.Length, 3 * draw.Length);
    }

    /// <inheritdoc/>
    public void AccumulatePosteriorGradients(DeviceBuffer<float> gradient, DeviceBuffer<float> draw, DeviceBuffer<float> mean, DeviceBuffer<float> meanGradient, DeviceBuffer<float> logDeviationGradient)
    {
        long start = Start();
        inner.AccumulatePosteriorGradients(gradient, draw, mean, meanGradient, logDeviationGradient);
        Stop(start, nameof(AccumulatePosteriorGradients), gradient.Length, 7 * gradient.Length);
    }

    /// <inheritdoc/>
    public void PosteriorStep(in PosteriorFactor factor, RankAxis axis, DeviceBuffer<float> rankParameters, in PosteriorStepArguments arguments, Span<double> energies)
    {
        long start = Start();
        inner.PosteriorStep(in factor, axis, rankParameters, in arguments, energies);
        Stop(start, nameof(PosteriorStep), 12 * factor.Mean.Length, (factor.Draw is null ? 9 : 14) * factor.Mean.Length);
    }

    /// <inheritdoc/>
    public void SliceEnergies(DeviceBuffer<float> mean, DeviceBuffer<float>? logDeviation, RankAxis axis, Span<double> energies)
    {
        long start = Start();
        inner.SliceEnergies(mean, logDeviation, axis, energies);
        Stop(start, nameof(SliceEnergies), 2 * mean.Length, (logDeviation is null ? 1 : 2) * mean.Length);
    }

    /// <inheritdoc/>
    public void SliceSums(DeviceBuffer<float> logDeviation, RankAxis axis, Span<double> sums)
    {
        long start = Start();
        inner.SliceSums(logDeviation, axis, sums);
        Stop(start, nameof(SliceSums), 0, logDeviation.Length);
    }
}
