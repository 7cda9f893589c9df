namespace Dlrm.Planning;

/// <summary>A network between workers as two numbers, and what collectives take on it.</summary>
/// <remarks>
/// <code>
/// all-reduce of n bytes          n ≤ 2 KiB   recursive doubling                 ⌈log2 W⌉·(α + n/β)
///                                else        reduce-scatter and all-gather      2·⌈log2 W⌉·α + 2·(W − 1)/W·n/β
/// all-gather of b bytes of each  W·b &lt; 512 KiB   recursive doubling             ⌈log2 W⌉·α + (W − 1)·b/β
///                                else            ring                           (W − 1)·α + (W − 1)·b/β
/// all-to-all of n bytes to others            pairwise exchange                  (W − 1)·α + n/β
/// all-to-all of one count for each           Bruck                              ⌈log2 W⌉·(α + 2·W/β)
/// </code>
/// <para>α: <see cref="LatencySeconds"/> of a message, β: <see cref="BytesPerSecond"/> of one worker. The arithmetic of a sum is not counted apart; rates that were measured with sums have it.</para>
/// <para>Source: Thakur, Rabenseifner, Gropp, "Optimization of Collective Communication Operations in MPICH", IJHPCA 19(1), 2005; the limits of lengths are those of MPICH.</para>
/// </remarks>
/// <param name="LatencySeconds">α, the time of an empty message, in seconds.</param>
/// <param name="BytesPerSecond">β, what one worker sends while it receives as much.</param>
public sealed record NetworkRates(double LatencySeconds, double BytesPerSecond)
{
    private const int ShortSum = 2048;
    private const int ShortGather = 512 * 1024;

    /// <summary>Gets a network of 5 µs and 10 Gbit/s, both ways at once.</summary>
    public static NetworkRates TenGigabit { get; } = new(5e-6, 1.25e9);

    /// <summary>Predicts an all-reduce.</summary>
    /// <param name="workers">W.</param>
    /// <param name="bytes">n, the same on each worker.</param>
    /// <returns>Seconds; 0 for one worker.</returns>
    public double AllReduceSeconds(int workers, double bytes)
    {
        double rounds = Rounds(workers);
        return workers == 1 ? 0
            : bytes <= ShortSum ? rounds * (LatencySeconds + (bytes / BytesPerSecond))
            : (2 * rounds * LatencySeconds) + (2.0 * (workers - 1) / workers * bytes / BytesPerSecond);
    }

    /// <summary>Predicts an all-gather.</summary>
    /// <param name="workers">W.</param>
    /// <param name="bytes">b, those of one worker.</param>
    /// <returns>Seconds; 0 for one worker or without bytes.</returns>
    public double AllGatherSeconds(int workers, double bytes) => workers == 1 || bytes == 0 ? 0
        : ((workers * bytes < ShortGather ? Rounds(workers) : workers - 1) * LatencySeconds) + ((workers - 1) * bytes / BytesPerSecond);

    /// <summary>Predicts an all-to-all with a part for each worker.</summary>
    /// <param name="workers">W.</param>
    /// <param name="bytes">n, those that a worker sends to others.</param>
    /// <returns>Seconds; 0 for one worker.</returns>
    public double AllToAllSeconds(int workers, double bytes) => ((workers - 1) * LatencySeconds) + (bytes / BytesPerSecond);

    /// <summary>Predicts an all-to-all of one 4-byte count for each worker.</summary>
    /// <param name="workers">W.</param>
    /// <returns>Seconds; 0 for one worker.</returns>
    public double CountsSeconds(int workers) => Rounds(workers) * (LatencySeconds + (2.0 * workers / BytesPerSecond));

    private static double Rounds(int workers) => Math.Ceiling(Math.Log2(workers));
}
