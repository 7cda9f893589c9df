using Dlrm.CommandLine.Bench.Peers;

namespace Dlrm.CommandLine.Bench;

/// <summary>What <c>dlrm bench --peers</c> came to.</summary>
internal sealed record PeersResult
{
    private static readonly (string Group, string Slow, double AtLeast)[] Asked =
        [(TtmContests.Forward, SideNames.Torch, 10), (TtmContests.Forward, SideNames.Plain, 1.5), (TtmContests.Step, SideNames.Torch, 15), (TtmContests.Step, SideNames.Plain, 1.5)];

    /// <summary>Gets the program's version with its commit.</summary>
    public required string Version { get; init; }

    /// <summary>Gets the machine.</summary>
    public required string Machine { get; init; }

    /// <summary>Gets our device's description.</summary>
    public required string Device { get; init; }

    /// <summary>Gets the command line.</summary>
    public required string Command { get; init; }

    /// <summary>Gets the load average over a minute before the first turn, empty where it is not known.</summary>
    public required string Load { get; init; }

    /// <summary>Gets the rounds.</summary>
    public required int Rounds { get; init; }

    /// <summary>Gets what the peers say of themselves.</summary>
    public required IReadOnlyList<string> Peers { get; init; }

    /// <summary>Gets the peers that are not installed.</summary>
    public required IReadOnlyList<MissingPeer> Missing { get; init; }

    /// <summary>Gets the machine's rates.</summary>
    public required MachinePeaks Peaks { get; init; }

    /// <summary>Gets GFLOP/s of this run's sgemm on one thread: OpenBLAS's, or ours when it is missing.</summary>
    public required double Sgemm { get; init; }

    /// <summary>Gets the rows.</summary>
    public required IReadOnlyList<ContestResult> Rows { get; init; }

    /// <summary>Gets the most memory that our training process held, null when it was not measured.</summary>
    public long? PeakBytes { get; init; }

    /// <summary>Gets the seconds that all of it took.</summary>
    public required double Seconds { get; init; }

    /// <summary>Gets the means over groups that must hold.</summary>
    public IReadOnlyList<MeanResult> Means =>
        [.. from asked in Asked
            let ratios = Rows.Where(row => row.Group == asked.Group).SelectMany(row => row.Demands).Where(demand => demand.Slow == asked.Slow).Select(demand => demand.Ratio).OfType<double>().ToArray()
            where ratios.Length > 0
            select new MeanResult(asked.Group, asked.Slow, ratios.Length, asked.AtLeast, Statistics.GeometricMean(ratios))];

    /// <summary>Gets our forward pass's share of the sgemm rate, null when it was not measured: rank 32, batch 8192, uniform; 0.4 is asked.</summary>
    public double? ShareOfSgemm => Rows.FirstOrDefault(row => row.Key == TtmContests.SgemmKey)?.Side(SideNames.Ours)?.GigaFlops / Sgemm;

    /// <summary>Counts the demands that hold, that do not, and that were not measured or are not asked.</summary>
    /// <returns>The three counts.</returns>
    internal (int Hold, int Fail, int Open) Count()
    {
        bool?[] all = [.. Rows.SelectMany(row => row.Demands).Select(demand => demand.Holds), .. Means.Select(mean => (bool?)mean.Holds)];
        bool?[] others = [ShareOfSgemm is double share ? share >= 0.4 : null, PeakBytes is long bytes ? bytes <= PeakMemory.AtMost : null];
        bool?[] verdicts = [.. all, .. others.Where(verdict => verdict is not null)];
        return (verdicts.Count(verdict => verdict == true), verdicts.Count(verdict => verdict == false), verdicts.Count(verdict => verdict is null));
    }
}
