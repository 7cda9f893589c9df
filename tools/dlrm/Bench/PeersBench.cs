using Dlrm.CommandLine.Bench.Peers;
using Dlrm.CommandLine.Hosting;
using Dlrm.Numerics.Cpu;

namespace Dlrm.CommandLine.Bench;

/// <summary>Compares our works with those of the peers.</summary>
internal static class PeersBench
{
    /// <summary>Measures rows.</summary>
    /// <param name="works">Only rows whose names begin like one of these; empty: all.</param>
    /// <param name="rounds">The rounds.</param>
    /// <param name="command">The command line, for the page.</param>
    /// <param name="context">What the host gives.</param>
    /// <param name="stop">Ends between two turns.</param>
    /// <returns>The comparison.</returns>
    /// <exception cref="UsageException">No row begins like one of the names.</exception>
    internal static PeersResult Run(IReadOnlyList<string> works, int rounds, string command, CommandContext context, CancellationToken stop)
    {
        long start = context.Time.GetTimestamp();
        string load = File.Exists("/proc/loadavg") ? File.ReadAllText("/proc/loadavg").Split(' ')[0] : string.Empty;
        using BenchFiles files = new();
        Contest[] all = [.. TtmContests.All(files, context.Time), .. BagContests.All(files, context.Time), .. GemmContests.All(context.Time), .. KaggleContests.All(files, context.Time)];
        foreach (string work in works)
        {
            if (!IsIn(work, PeakMemory.Key) && !all.Any(contest => IsIn(work, contest.Key)))
            {
                throw new UsageException($"No row's name begins with '{work}'; they begin with {string.Join(", ", all.Select(contest => contest.Key.Split('-')[0]).Distinct())}, {PeakMemory.Key}, like {all[0].Key}.");
            }
        }

        Contest[] chosen = [GemmContests.Sgemm(context.Time), .. all.Where(contest => works.Count == 0 || works.Any(work => IsIn(work, contest.Key)))];
        using PeerSet peers = PeerSet.Start();
        foreach (MissingPeer missing in peers.Missing)
        {
            context.Terminal.Note($"{missing.Name} is missing ({missing.Reason}): {missing.Remedy}. The other rows are measured.");
        }

        // Before anything else runs: the child's memory is its own, but its processors are not.
        long? peak = works.Count == 0 || works.Any(work => IsIn(work, PeakMemory.Key)) ? PeakMemory.Measure() : null;
        ContestRunner runner = new(peers, rounds, new ProgressLine(context.Terminal, context.Time, "bench"));
        List<ContestResult> rows = runner.Run(chosen, stop);
        using CpuDevice device = new(Environment.ProcessorCount);
        return new PeersResult
        {
            Version = Machine.Version,
            Machine = Machine.Describe(),
            Device = device.Description,
            Command = command,
            Load = load,
            Rounds = rounds,
            Peers = [.. peers.Versions],
            Missing = peers.Missing,
            Peaks = MachinePeaks.Measure(Environment.ProcessorCount, context.Time),
            Sgemm = runner.Sgemm,
            Rows = rows,
            PeakBytes = peak,
            Seconds = context.Time.GetElapsedTime(start).TotalSeconds,
        };
    }

    private static bool IsIn(string work, string key) => key.StartsWith(work, StringComparison.Ordinal);
}
