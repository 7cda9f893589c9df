using Dlrm.CommandLine.Hosting;
using Dlrm.Embeddings;

namespace Dlrm.CommandLine.Experiments;

/// <summary>The experiment "recovery": planted tensors of every format, and four ways to find their ranks.</summary>
internal sealed record RecoveryPlan
{
    /// <summary>The name of the experiment.</summary>
    internal const string Name = "recovery";

    /// <summary>Gets the formats.</summary>
    public IReadOnlyList<TensorFormat> Formats { get; init; } = [.. LowRankFormats.All];

    /// <summary>Gets the orders, of 3 and 4.</summary>
    public IReadOnlyList<int> Orders { get; init; } = [3, 4];

    /// <summary>Gets the noises, relative to the root mean square of an entry.</summary>
    public IReadOnlyList<double> Noises { get; init; } = [0.01, 0.3, 1.0];

    /// <summary>Gets the number of seeds.</summary>
    public int Seeds { get; init; } = 10;

    /// <summary>Gets the number of seeds of the controls.</summary>
    public int ControlSeeds { get; init; } = 5;

    /// <summary>Gets the share of rows that are seen.</summary>
    public double Seen { get; init; } = 0.5;

    /// <summary>Gets the steps of a fit.</summary>
    public int Steps { get; init; } = 6000;

    /// <summary>Gets the steps between two pruning events, and between two gauge moves where there are any.</summary>
    public int PruneEvery { get; init; } = 100;

    /// <summary>Checks every field.</summary>
    /// <exception cref="UsageException">One is out of range.</exception>
    internal void Validate()
    {
        bool isGood = Formats.Count > 0 && Orders.Count > 0 && Orders.All(order => order is 3 or 4) && Noises.Count > 0 && Noises.All(noise => noise > 0)
            && Seeds > 0 && ControlSeeds >= 0 && ControlSeeds <= Seeds && Seen > 0 && Seen < 1 && Steps > 0 && PruneEvery > 0;
        if (!isGood)
        {
            throw new UsageException("recovery needs formats, orders of 3 or 4, noises above 0, seeds above 0, controlSeeds in [0, seeds], seen in (0, 1), steps and pruneEvery above 0.");
        }
    }
}
