using Dlrm.Numerics;

namespace Dlrm;

/// <summary>What the random numbers of a run are for: one stream of the run's seed for each purpose.</summary>
internal static class RandomPurposes
{
    /// <summary>Gets the stream of initial weights.</summary>
    /// <param name="seed">The run's seed.</param>
    /// <returns>The stream.</returns>
    internal static RandomStream Initialization(ulong seed) => new RandomStream(seed, 0).Derive(1);

    /// <summary>Gets the stream of the posterior draws of one training step.</summary>
    /// <param name="seed">The run's seed.</param>
    /// <param name="step">The step.</param>
    /// <returns>The stream.</returns>
    internal static RandomStream Draws(ulong seed, long step) => new RandomStream(seed, 0).Derive(2).Derive((ulong)step);

    /// <summary>Gets the stream of one posterior draw for predictions.</summary>
    /// <param name="seed">The run's seed.</param>
    /// <param name="draw">The draw.</param>
    /// <returns>The stream.</returns>
    internal static RandomStream PredictionDraws(ulong seed, int draw) => new RandomStream(seed, 0).Derive(3).Derive((ulong)draw);
}
