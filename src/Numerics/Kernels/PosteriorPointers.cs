namespace Dlrm.Numerics.Kernels;

/// <summary>The addresses of one factor's arrays, at one position.</summary>
internal unsafe struct PosteriorPointers
{
    /// <summary>The number of arrays.</summary>
    internal const int Arrays = 9;

    /// <summary>μ.</summary>
    internal float* Mean;

    /// <summary>ρ.</summary>
    internal float* LogDeviation;

    /// <summary>g.</summary>
    internal float* MeanGradient;

    /// <summary>The likelihood gradient of ρ, or null.</summary>
    internal float* LogDeviationGradient;

    /// <summary>Φ, or null.</summary>
    internal float* Draw;

    /// <summary>m of μ, or null.</summary>
    internal float* MeanFirst;

    /// <summary>v or Σg² of μ, or null.</summary>
    internal float* MeanSecond;

    /// <summary>m of ρ, or null.</summary>
    internal float* DeviationFirst;

    /// <summary>v of ρ, or null.</summary>
    internal float* DeviationSecond;

    /// <summary>Moves every address.</summary>
    /// <param name="offset">The number of elements.</param>
    /// <returns>The addresses.</returns>
    internal readonly PosteriorPointers At(long offset) => new()
    {
        Mean = Move(Mean, offset),
        LogDeviation = Move(LogDeviation, offset),
        MeanGradient = Move(MeanGradient, offset),
        LogDeviationGradient = Move(LogDeviationGradient, offset),
        Draw = Move(Draw, offset),
        MeanFirst = Move(MeanFirst, offset),
        MeanSecond = Move(MeanSecond, offset),
        DeviationFirst = Move(DeviationFirst, offset),
        DeviationSecond = Move(DeviationSecond, offset),
    };

    /// <summary>Copies fewer than eight elements of every array that is there.</summary>
    /// <param name="target">Receives them.</param>
    /// <param name="count">How many.</param>
    internal readonly void CopyTo(in PosteriorPointers target, int count)
    {
        Copy(Mean, target.Mean, count);
        Copy(LogDeviation, target.LogDeviation, count);
        Copy(MeanGradient, target.MeanGradient, count);
        Copy(LogDeviationGradient, target.LogDeviationGradient, count);
        Copy(Draw, target.Draw, count);
        Copy(MeanFirst, target.MeanFirst, count);
        Copy(MeanSecond, target.MeanSecond, count);
        Copy(DeviationFirst, target.DeviationFirst, count);
        Copy(DeviationSecond, target.DeviationSecond, count);
    }

    /// <summary>Makes addresses in a block of 8·<see cref="Arrays"/> floats, null where these are null.</summary>
    /// <param name="block">The block.</param>
    /// <returns>The addresses.</returns>
    internal readonly PosteriorPointers In(float* block) => new()
    {
        Mean = block,
        LogDeviation = block + 8,
        MeanGradient = block + 16,
        LogDeviationGradient = LogDeviationGradient is null ? null : block + 24,
        Draw = Draw is null ? null : block + 32,
        MeanFirst = MeanFirst is null ? null : block + 40,
        MeanSecond = MeanSecond is null ? null : block + 48,
        DeviationFirst = DeviationFirst is null ? null : block + 56,
        DeviationSecond = DeviationSecond is null ? null : block + 64,
    };

    private static float* Move(float* address, long offset) => address is null ? null : address + offset;

    private static void Copy(float* source, float* destination, int count)
    {
        if (source is not null)
        {
            new ReadOnlySpan<float>(source, count).CopyTo(new Span<float>(destination, count));
        }
    }
}
