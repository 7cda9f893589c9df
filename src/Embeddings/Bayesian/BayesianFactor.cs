using Dlrm.Numerics;

namespace Dlrm.Embeddings;

/// <summary>One factor's buffers: posterior, gradient, draws and moments; all of them change length when a component is removed.</summary>
internal sealed class BayesianFactor : IDisposable
{
    private readonly IDevice _device;

    internal BayesianFactor(IDevice device, long length, InferenceKind inference, OptimizerKind optimizer)
    {
        _device = device;
        Mean = device.Allocate<float>(length);
        Gradient = device.Allocate<float>(length);
        if (inference != InferenceKind.FixedRanks)
        {
            LogDeviation = device.Allocate<float>(length);
        }

        if (inference == InferenceKind.Svi)
        {
            LogDeviationFirstMoment = device.Allocate<float>(length);
            LogDeviationSecondMoment = device.Allocate<float>(length);
            Draws = [device.Allocate<float>(length)];
        }

        if (optimizer == OptimizerKind.Adam)
        {
            FirstMoment = device.Allocate<float>(length);
        }

        if (optimizer != OptimizerKind.Sgd)
        {
            SecondMoment = device.Allocate<float>(length);
        }
    }

    /// <summary>Gets μ.</summary>
    internal DeviceBuffer<float> Mean { get; private set; }

    /// <summary>Gets the gradient with respect to the draw (or μ).</summary>
    internal DeviceBuffer<float> Gradient { get; private set; }

    /// <summary>Gets ρ; null with fixed ranks.</summary>
    internal DeviceBuffer<float>? LogDeviation { get; private set; }

    /// <summary>Gets the draw of each piece; empty unless svi.</summary>
    internal List<DeviceBuffer<float>> Draws { get; } = [];

    /// <summary>Gets the sum over pieces of the gradient of μ; null until more than one piece was drawn.</summary>
    internal DeviceBuffer<float>? MeanGradient { get; private set; }

    /// <summary>Gets the sum over pieces of the likelihood gradient of ρ; null until more than one piece was drawn.</summary>
    internal DeviceBuffer<float>? LogDeviationGradient { get; private set; }

    /// <summary>Gets m of μ.</summary>
    internal DeviceBuffer<float>? FirstMoment { get; private set; }

    /// <summary>Gets v of μ, or Σg².</summary>
    internal DeviceBuffer<float>? SecondMoment { get; private set; }

    /// <summary>Gets m of ρ.</summary>
    internal DeviceBuffer<float>? LogDeviationFirstMoment { get; private set; }

    /// <summary>Gets v of ρ.</summary>
    internal DeviceBuffer<float>? LogDeviationSecondMoment { get; private set; }

    /// <summary>Gets the bytes of everything but the means.</summary>
    internal long WorkingBytes => (All().Sum(buffer => buffer.Length) - Mean.Length) * sizeof(float);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (DeviceBuffer<float> buffer in All())
        {
            buffer.Dispose();
        }
    }

    /// <summary>Makes room for the draws of several pieces.</summary>
    /// <param name="pieces">The number of pieces here.</param>
    /// <param name="draws">The number of draws over all workers.</param>
    internal void EnsurePieces(int pieces, int draws)
    {
        while (Draws.Count < pieces)
        {
            Draws.Add(_device.Allocate<float>(Mean.Length));
        }

        if (draws > 1)
        {
            MeanGradient ??= _device.Allocate<float>(Mean.Length);
            LogDeviationGradient ??= _device.Allocate<float>(Mean.Length);
        }
    }

    /// <summary>Replaces the state by that of another length; gradients and draws are dropped.</summary>
    /// <param name="mean">The new μ.</param>
    /// <param name="deviations">The new ρ and its moments.</param>
    /// <param name="firstMoment">The new m, empty without Adam.</param>
    /// <param name="secondMoment">The new v, empty for SGD.</param>
    internal void Replace(ReadOnlySpan<float> mean, LogDeviationState deviations, ReadOnlySpan<float> firstMoment, ReadOnlySpan<float> secondMoment)
    {
        Mean = Write(Mean, mean);
        LogDeviation = LogDeviation is null ? null : Write(LogDeviation, deviations.Used(deviations.Values));
        SecondMoment = SecondMoment is null ? null : Write(SecondMoment, secondMoment);
        Gradient = Zeros(Gradient, mean.Length)!;
        FirstMoment = FirstMoment is null ? null : Write(FirstMoment, firstMoment);
        LogDeviationFirstMoment = LogDeviationFirstMoment is null ? null : Write(LogDeviationFirstMoment, deviations.Used(deviations.FirstMoment));
        LogDeviationSecondMoment = LogDeviationSecondMoment is null ? null : Write(LogDeviationSecondMoment, deviations.Used(deviations.SecondMoment));
        MeanGradient = Zeros(MeanGradient, mean.Length);
        LogDeviationGradient = Zeros(LogDeviationGradient, mean.Length);
        for (int p = 0; p < Draws.Count; p++)
        {
            Draws[p] = Zeros(Draws[p], mean.Length)!;
        }
    }

    /// <summary>Keeps some entries of everything, in order: the entries (o, r, i) of an axis whose component r stays.</summary>
    /// <param name="axis">The axis that shrinks.</param>
    /// <param name="kept">The components that stay, ascending.</param>
    internal void Keep(RankAxis axis, ReadOnlySpan<int> kept)
    {
        int[] components = kept.ToArray();
        Mean = Shrink(Mean, axis, components)!;
        LogDeviation = Shrink(LogDeviation, axis, components);
        Gradient = Shrink(Gradient, axis, components)!;
        FirstMoment = Shrink(FirstMoment, axis, components);
        SecondMoment = Shrink(SecondMoment, axis, components);
        LogDeviationFirstMoment = Shrink(LogDeviationFirstMoment, axis, components);
        LogDeviationSecondMoment = Shrink(LogDeviationSecondMoment, axis, components);
        MeanGradient = Shrink(MeanGradient, axis, components);
        LogDeviationGradient = Shrink(LogDeviationGradient, axis, components);
        for (int p = 0; p < Draws.Count; p++)
        {
            Draws[p] = Shrink(Draws[p], axis, components)!;
        }
    }

    private IEnumerable<DeviceBuffer<float>> All()
    {
        DeviceBuffer<float>?[] single =
        [
            Mean, LogDeviation, Gradient, FirstMoment, SecondMoment, LogDeviationFirstMoment, LogDeviationSecondMoment, MeanGradient, LogDeviationGradient,
        ];
        return single.OfType<DeviceBuffer<float>>().Concat(Draws);
    }

    private DeviceBuffer<float> Write(DeviceBuffer<float> old, ReadOnlySpan<float> values)
    {
        DeviceBuffer<float> buffer = Zeros(old, values.Length)!;
        buffer.CopyFrom(values);
        return buffer;
    }

    private DeviceBuffer<float>? Zeros(DeviceBuffer<float>? old, int length)
    {
        if (old is null || old.Length == length)
        {
            old?.Clear();
            return old;
        }

        old.Dispose();
        return _device.Allocate<float>(length);
    }

    private DeviceBuffer<float>? Shrink(DeviceBuffer<float>? old, RankAxis axis, int[] kept)
    {
        if (old is null)
        {
            return null;
        }

        float[] values = old.ToArray();
        int inner = (int)axis.Inner;
        float[] packed = new float[axis.Outer * kept.Length * inner];
        for (long o = 0; o < axis.Outer; o++)
        {
            for (int r = 0; r < kept.Length; r++)
            {
                Array.Copy(values, ((o * axis.Size) + kept[r]) * inner, packed, ((o * kept.Length) + r) * inner, inner);
            }
        }

        return Write(old, packed);
    }
}
