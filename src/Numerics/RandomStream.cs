namespace Dlrm.Numerics;

/// <summary>Names one sequence of a counter-based generator: the same seed and stream give the same numbers on every device and thread count.</summary>
/// <remarks>Source: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011 (Philox4x32-10).</remarks>
/// <param name="Seed">The run's seed (the Philox key).</param>
/// <param name="Stream">What the numbers are for; callers combine purpose, tensor, step and piece with <see cref="Derive"/>.</param>
public readonly record struct RandomStream(ulong Seed, ulong Stream)
{
    /// <summary>Makes an independent stream for one part of the work.</summary>
    /// <param name="part">Its number or identity.</param>
    /// <returns>The stream.</returns>
    public RandomStream Derive(ulong part)
    {
        // SplitMix64's finaliser: a bijection that spreads neighbouring parts over the whole range.
        ulong z = Stream + (0x9E3779B97F4A7C15UL * (part + 1));
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return this with { Stream = z ^ (z >> 31) };
    }
}
