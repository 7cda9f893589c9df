using System.Globalization;

namespace Dlrm.CommandLine.Bench;

/// <summary>The rows of the bench about one TT-matrix table: against both peers, and two threads against one.</summary>
internal static class TtmContests
{
    /// <summary>The heading of the forward rows.</summary>
    internal const string Forward = "TTM forward, 1 thread";

    /// <summary>The heading of the rows with backward pass and SGD.</summary>
    internal const string Step = "TTM forward + backward + SGD, 1 thread";

    /// <summary>The heading of the rows with two threads.</summary>
    internal const string Threads = "Two threads against one";

    /// <summary>The row that is compared with sgemm.</summary>
    internal const string SgemmKey = "ttm-forward-32-8192-uniform";

    private static readonly int[] BondRanks = [8, 16, 32, 64];
    private static readonly int[] BatchSizes = [512, 2048, 8192];

    /// <summary>Makes the rows.</summary>
    /// <param name="files">Where inputs are handed over.</param>
    /// <param name="time">The clock.</param>
    /// <returns>The rows.</returns>
    internal static IEnumerable<Contest> All(BenchFiles files, TimeProvider time)
    {
        foreach (bool isStep in (bool[])[false, true])
        {
            foreach (int bondRank in BondRanks)
            {
                foreach (int batch in BatchSizes)
                {
                    yield return AgainstPeers(files, time, bondRank, batch, isZipf: false, isStep);
                    yield return AgainstPeers(files, time, bondRank, batch, isZipf: true, isStep);
                }
            }
        }

        foreach (bool isStep in (bool[])[false, true])
        {
            foreach (int bondRank in (int[])[16, 32])
            {
                foreach (int batch in (int[])[2048, 8192])
                {
                    yield return TwoThreads(files, time, bondRank, batch, isStep);
                }
            }
        }
    }

    private static Contest AgainstPeers(BenchFiles files, TimeProvider time, int bondRank, int batch, bool isZipf, bool isStep)
    {
        TtmTable table = new(files, time, bondRank, batch, isZipf, isStep);
        double torch = isStep || (bondRank >= 16 && batch == 8192) ? 8 : 4;
        string ids = isZipf ? "zipf" : "uniform";
        return new Contest
        {
            Key = $"ttm-{(isStep ? "step" : "forward")}-{bondRank}-{batch}-{ids}",
            Group = isStep ? Step : Forward,
            Case = $"rank {bondRank}, batch {batch}, {(isZipf ? "Zipf 1.05" : "uniform")}",
            Sides =
            [
                new SidePlan(SideNames.Ours, _ => table.Own(1)),
                new SidePlan(SideNames.Torch, peers => table.Of(peers.TorchProcess, 1)),
                new SidePlan(SideNames.Plain, peers => table.Of(peers.PlainProcess, 1)),
            ],
            Demands = [new Demand(SideNames.Ours, SideNames.Torch, torch), new Demand(SideNames.Ours, SideNames.Plain, 1)],
            MultiplyAdds = table.MultiplyAdds,
            LeastMultiplyAdds = table.LeastMultiplyAdds,
            Weight = 1.5 + (table.MultiplyAdds / 8e7),
        };
    }

    private static Contest TwoThreads(BenchFiles files, TimeProvider time, int bondRank, int batch, bool isStep)
    {
        TtmTable table = new(files, time, bondRank, batch, isZipf: false, isStep);
        return new Contest
        {
            Key = string.Create(CultureInfo.InvariantCulture, $"threads-ttm-{(isStep ? "step" : "forward")}-{bondRank}-{batch}"),
            Group = Threads,
            Case = $"TTM {(isStep ? "forward + backward + SGD" : "forward")}, rank {bondRank}, batch {batch}, uniform",
            Sides = [new SidePlan("2 threads", _ => table.Own(2)), new SidePlan("1 thread", _ => table.Own(1))],
            Demands = [new Demand("2 threads", "1 thread", 1.7)],
            MultiplyAdds = table.MultiplyAdds,
            LeastMultiplyAdds = table.LeastMultiplyAdds,
        };
    }
}
