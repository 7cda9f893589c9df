using Dlrm.Numerics.Kernels;

namespace Dlrm.Numerics.Tests.Posterior;

/// <summary>A seeded factor with all its state, and the same entries in double.</summary>
internal sealed class PosteriorCase : IDisposable
{
    internal const int Seed = 20201016;

    /// <summary>Entries behind the factor that nothing may touch.</summary>
    internal const int Guards = 9;

    internal const float Guard = -77f;

    private readonly List<DeviceBuffer<float>> _buffers = [];
    private readonly IDevice _device;

    internal PosteriorCase(IDevice device, RankAxis axis, FactorOptimizer optimizer, bool isSvi, bool hasLogDeviationGradient = false)
    {
        _device = device;
        Axis = axis;
        IsSvi = isSvi;
        int length = (int)(axis.Outer * axis.Size * axis.Inner);
        Random random = new(Seed);
        Entries = new PosteriorEntry[length];
        for (int i = 0; i < length; i++)
        {
            // Second moments stay away from zero, so that no error is magnified by a small denominator.
            float mean = Draw(-1, 1);
            Entries[i] = new PosteriorEntry
            {
                Mean = mean,
                LogDeviation = Draw(-4, -1),
                MeanGradient = Draw(-1, 1),
                LogDeviationGradient = hasLogDeviationGradient ? Draw(-1, 1) : null,
                Draw = Draw(-1, 1),
                MeanFirst = Draw(-1, 1),
                MeanSecond = Draw(0.5, 1.5),
                DeviationFirst = Draw(-1, 1),
                DeviationSecond = Draw(0.5, 1.5),
            };
        }

        RankParameterValues = [.. Enumerable.Range(0, axis.Size).Select(_ => Draw(0.01, 2))];
        RankParameters = device.Allocate<float>(axis.Size);
        RankParameters.CopyFrom(RankParameterValues);
        bool isAdam = optimizer == FactorOptimizer.Adam;
        Factor = new PosteriorFactor
        {
            Mean = Upload(e => e.Mean),
            LogDeviation = Upload(e => e.LogDeviation),
            MeanGradient = Upload(e => e.MeanGradient),
            LogDeviationGradient = hasLogDeviationGradient ? Upload(e => e.LogDeviationGradient!.Value) : null,
            Draw = isSvi && !hasLogDeviationGradient ? Upload(e => e.Draw) : null,
            MeanFirstMoment = isAdam ? Upload(e => e.MeanFirst) : null,
            MeanSecondMoment = optimizer != FactorOptimizer.Sgd ? Upload(e => e.MeanSecond) : null,
            LogDeviationFirstMoment = isSvi ? Upload(e => e.DeviationFirst) : null,
            LogDeviationSecondMoment = isSvi ? Upload(e => e.DeviationSecond) : null,
        };

        float Draw(double low, double high) => (float)(low + ((high - low) * random.NextDouble()));
    }

    internal RankAxis Axis { get; }

    internal bool IsSvi { get; }

    internal PosteriorEntry[] Entries { get; }

    internal PosteriorFactor Factor { get; }

    internal float[] RankParameterValues { get; }

    internal DeviceBuffer<float> RankParameters { get; }

    public void Dispose()
    {
        RankParameters.Dispose();
        _buffers.ForEach(buffer => buffer.Dispose());
    }

    /// <summary>Makes the usual numbers of a step.</summary>
    internal static PosteriorStepArguments Arguments(FactorOptimizer optimizer, float klWeight = 0.01f) => new()
    {
        Optimizer = optimizer,
        LearningRate = 0.02f,
        LogDeviationLearningRate = 0.03f,
        Beta1 = 0.9f,
        Beta2 = 0.999f,
        Epsilon = 1e-8f,
        Step = 250,
        KlWeight = klWeight,
        GradientScale = 0.5f,
        BatchSize = 128,
    };

    /// <summary>Finds the component of an entry.</summary>
    internal int Component(int entry) => (int)(entry / Axis.Inner % Axis.Size);

    /// <summary>Steps on the device.</summary>
    internal double[] Step(in PosteriorStepArguments arguments)
    {
        double[] energies = new double[Axis.Size];
        _device.PosteriorStep(Factor, Axis, RankParameters, in arguments, energies);
        return energies;
    }

    private DeviceBuffer<float> Upload(Func<PosteriorEntry, double> value)
    {
        DeviceBuffer<float> buffer = _device.Allocate<float>(Entries.Length + Guards);
        buffer.CopyFrom([.. Entries.Select(e => (float)value(e)), .. Enumerable.Repeat(Guard, Guards)]);
        _buffers.Add(buffer);
        return buffer;
    }
}
