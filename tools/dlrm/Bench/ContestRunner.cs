using Dlrm.CommandLine.Bench.Peers;
using Dlrm.CommandLine.Hosting;

namespace Dlrm.CommandLine.Bench;

/// <summary>Measures the sides of every row in turn, A B C A B C …, for some rounds.</summary>
/// <param name="peers">The peers.</param>
/// <param name="rounds">The rounds.</param>
/// <param name="progress">Is told how far it is.</param>
internal sealed class ContestRunner(PeerSet peers, int rounds, ProgressLine progress)
{
    /// <summary>Unmeasured seconds at the start of a turn: caches hold the work of the side before, and threads that slept take some time to run beside one another again.</summary>
    private const double TurnWarmUp = 0.06;

    private double _sgemm;

    /// <summary>Gets GFLOP/s of this run's sgemm on one thread, 0 before it was measured.</summary>
    internal double Sgemm => _sgemm;

    /// <summary>Measures rows; the row of the sgemm rate comes first.</summary>
    /// <param name="contests">The rows.</param>
    /// <param name="stop">Ends between two turns.</param>
    /// <returns>One result a row.</returns>
    internal List<ContestResult> Run(IReadOnlyList<Contest> contests, CancellationToken stop)
    {
        List<ContestResult> results = [];
        double total = contests.Sum(contest => contest.Weight);
        double done = 0;
        foreach (Contest contest in contests)
        {
            progress.Report(contest.Key, done / total);
            ContestResult result = Run(contest, stop);
            if (contest.Key == GemmContests.SgemmKey)
            {
                _sgemm = (result.Side(SideNames.OpenBlas) ?? result.Sides[0]).GigaFlops;
            }

            results.Add(result);
            done += contest.Weight;
        }

        progress.Report("done", 1);
        return results;
    }

    private ContestResult Run(Contest contest, CancellationToken stop)
    {
        List<(string Name, ISide Side, List<double> Rounds, List<double> All)> sides = [];
        try
        {
            foreach (SidePlan plan in contest.Sides)
            {
                stop.ThrowIfCancellationRequested();
                if (plan.Open(peers) is ISide side)
                {
                    sides.Add((plan.Name, side, [], []));
                    side.Measure(contest.WarmUp);
                }
            }

            Compare(contest, [.. sides.Select(entry => (entry.Name, entry.Side.Check))]);
            for (int round = 0; round < rounds; round++)
            {
                foreach ((_, ISide side, List<double> medians, List<double> all) in sides)
                {
                    stop.ThrowIfCancellationRequested();
                    if (contest.Seconds > 0)
                    {
                        side.Measure(Math.Min(TurnWarmUp, contest.Seconds));
                    }

                    IReadOnlyList<double> times = side.Measure(contest.Seconds);
                    medians.Add(Statistics.Median(times));
                    all.Add(times.Min());
                }
            }

            SideResult[] results = [.. sides.Select(entry => new SideResult(entry.Name, entry.Rounds, entry.All.Min()))];
            return new ContestResult(
                contest.Key,
                contest.Group,
                contest.Case,
                [.. results.Select(result => result with { GigaFlops = 2e-6 * Work(contest, result.Name) / result.Median })],
                [.. contest.Demands.Select(demand => Judge(contest, demand, results))]);
        }
        finally
        {
            foreach ((_, ISide side, _, _) in sides)
            {
                side.Dispose();
            }
        }
    }

    /// <summary>Fails when two sides computed different things: their times could not be compared.</summary>
    private static void Compare(Contest contest, (string Name, double? Check)[] sides)
    {
        (string Name, double Check)[] known = [.. sides.Where(side => side.Check is not null).Select(side => (side.Name, side.Check!.Value))];
        foreach ((string name, double check) in known.Skip(1))
        {
            if (!(Math.Abs(check - known[0].Check) <= 1e-3 * Math.Abs(known[0].Check)))
            {
                throw new InvalidOperationException($"{contest.Key}: {known[0].Name} found {known[0].Check:R} and {name} {check:R}; they do not do the same work, so their times are not compared.");
            }
        }
    }

    /// <summary>Counts what a side computes: the peers every id, we every distinct prefix once.</summary>
    private static double Work(Contest contest, string side) =>
        side is SideNames.Torch or SideNames.Plain or SideNames.OpenBlas ? contest.MultiplyAdds : contest.LeastMultiplyAdds;

    private DemandResult Judge(Contest contest, Demand demand, SideResult[] sides)
    {
        SideResult? fast = sides.FirstOrDefault(side => side.Name == demand.Fast);
        SideResult? slow = sides.FirstOrDefault(side => side.Name == demand.Slow);
        if (fast is null || slow is null)
        {
            return new DemandResult(demand.Fast, demand.Slow, demand.AtLeast, null, 0, true);
        }

        // Matrix products are compared with sgemm themselves: what they imply is no excuse.
        double implied = contest.Group is TtmContests.Forward or TtmContests.Step ? 2e-6 * Work(contest, demand.Fast) * demand.AtLeast / slow.Median : 0;
        return new DemandResult(demand.Fast, demand.Slow, demand.AtLeast, slow.Median / fast.Median, implied, _sgemm == 0 || implied <= 0.6 * _sgemm);
    }
}
