namespace Dlrm.Numerics.Cpu;

/// <content>The variational posterior of low-rank factors.</content>
public sealed partial class CpuDevice
{
    /// <inheritdoc/>
    public void DrawPosterior(DeviceBuffer<float> mean, DeviceBuffer<float> logDeviation, RandomStream stream, DeviceBuffer<float> draw) => throw new NotImplementedException();

    /// <inheritdoc/>
    public void AccumulatePosteriorGradients(DeviceBuffer<float> gradient, DeviceBuffer<float> draw, DeviceBuffer<float> mean, DeviceBuffer<float> meanGradient, DeviceBuffer<float> logDeviationGradient) => throw new NotImplementedException();

    /// <inheritdoc/>
    public void PosteriorStep(in PosteriorFactor factor, RankAxis axis, DeviceBuffer<float> rankParameters, in PosteriorStepArguments arguments, Span<double> energies) => throw new NotImplementedException();

    /// <inheritdoc/>
    public void SliceEnergies(DeviceBuffer<float> mean, DeviceBuffer<float>? logDeviation, RankAxis axis, Span<double> energies) => throw new NotImplementedException();

    /// <inheritdoc/>
    public void SliceSums(DeviceBuffer<float> logDeviation, RankAxis axis, Span<double> sums) => throw new NotImplementedException();
}
