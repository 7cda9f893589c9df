using System.Diagnostics;
using Dlrm.Numerics.Kernels;

namespace Dlrm.Numerics.Cpu;

/// <content>The variational posterior of low-rank factors.</content>
public sealed partial class CpuDevice
{
    private double[] _componentSums = [];

    /// <inheritdoc/>
    public unsafe void DrawPosterior(DeviceBuffer<float> mean, DeviceBuffer<float> logDeviation, RandomStream stream, DeviceBuffer<float> draw)
    {
        ArgumentNullException.ThrowIfNull(mean);
        Debug.Assert(logDeviation.Length >= mean.Length && draw.Length >= mean.Length, "All arrays of a factor are equally long.");
        DrawPosteriorJob job = new(Pointer(mean), Pointer(logDeviation), stream, Pointer(draw), mean.Length);
        _workers.Run(job.Pieces, job);
    }

    /// <inheritdoc/>
    public unsafe void AccumulatePosteriorGradients(DeviceBuffer<float> gradient, DeviceBuffer<float> draw, DeviceBuffer<float> mean, DeviceBuffer<float> meanGradient, DeviceBuffer<float> logDeviationGradient)
    {
        ArgumentNullException.ThrowIfNull(mean);
        Debug.Assert(gradient.Length >= mean.Length && draw.Length >= mean.Length, "All arrays of a factor are equally long.");
        Debug.Assert(meanGradient.Length >= mean.Length && logDeviationGradient.Length >= mean.Length, "All arrays of a factor are equally long.");
        PosteriorGradientsJob job = new(Pointer(gradient), Pointer(draw), Pointer(mean), Pointer(meanGradient), Pointer(logDeviationGradient), mean.Length);
        _workers.Run(job.Pieces, job);
    }

    /// <inheritdoc/>
    public unsafe void PosteriorStep(in PosteriorFactor factor, RankAxis axis, DeviceBuffer<float> rankParameters, in PosteriorStepArguments arguments, Span<double> energies)
    {
        bool isSvi = factor.LogDeviationFirstMoment is not null;
        Debug.Assert(axis.Outer * axis.Size * axis.Inner <= factor.Mean.Length, "The axis names entries of the factor.");
        Debug.Assert(rankParameters.Length >= axis.Size, "One λ for each component.");
        Debug.Assert(!isSvi || factor.LogDeviationGradient is not null || factor.Draw is not null, "svi needs a draw, or the gradient of ρ.");
        PosteriorPointers pointers = new()
        {
            Mean = Pointer(factor.Mean),
            LogDeviation = Pointer(factor.LogDeviation),
            MeanGradient = Pointer(factor.MeanGradient),
            LogDeviationGradient = PointerOrNull(factor.LogDeviationGradient),
            Draw = PointerOrNull(factor.Draw),
            MeanFirst = PointerOrNull(factor.MeanFirstMoment),
            MeanSecond = PointerOrNull(factor.MeanSecondMoment),
            DeviationFirst = PointerOrNull(factor.LogDeviationFirstMoment),
            DeviationSecond = PointerOrNull(factor.LogDeviationSecondMoment),
        };
        PosteriorConstants constants = new(in arguments);
        float* rankParameter = Pointer(rankParameters);
        if (isSvi)
        {
            Sweep(new PosteriorStepVisitor<SviMode>(in pointers, in constants), axis, rankParameter, arguments.KlWeight, energies);
        }
        else
        {
            Sweep(new PosteriorStepVisitor<MapMode>(in pointers, in constants), axis, rankParameter, arguments.KlWeight, energies);
        }
    }

    /// <inheritdoc/>
    public unsafe void SliceEnergies(DeviceBuffer<float> mean, DeviceBuffer<float>? logDeviation, RankAxis axis, Span<double> energies) =>
        Sweep(new EnergyVisitor(Pointer(mean), PointerOrNull(logDeviation)), axis, null, 0f, energies);

    /// <inheritdoc/>
    public unsafe void SliceSums(DeviceBuffer<float> logDeviation, RankAxis axis, Span<double> sums) =>
        Sweep(new SumVisitor(Pointer(logDeviation)), axis, null, 0f, sums);

    private static unsafe float* PointerOrNull(DeviceBuffer<float>? buffer) => buffer is null ? null : Pointer(buffer);

    private unsafe void Sweep<TVisitor>(TVisitor visitor, RankAxis axis, float* perComponent, float scale, Span<double> sums)
        where TVisitor : struct, IComponentVisitor
    {
        Debug.Assert(sums.Length == axis.Size, "One sum for each component.");
        int pieces = ComponentSweepJob<TVisitor>.Pieces(axis);
        if (_componentSums.Length < pieces * axis.Size)
        {
            _componentSums = new double[pieces * axis.Size];
        }

        _workers.Run(pieces, new ComponentSweepJob<TVisitor>(visitor, axis, perComponent, scale, _componentSums));
        sums.Clear();
        for (int piece = 0; piece < pieces; piece++)
        {
            for (int component = 0; component < axis.Size; component++)
            {
                sums[component] += _componentSums[(piece * axis.Size) + component];
            }
        }
    }
}
