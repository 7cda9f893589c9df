using Dlrm.CommandLine.Bench;
using Dlrm.CommandLine.Bench.Peers;

namespace Dlrm.Tools.Tests.Bench;

/// <summary>Tests of the page of <c>dlrm bench --peers</c>.</summary>
public sealed class PeersReportTests
{
    /// <summary>The page says of every demand whether it holds, does not, is not asked or was not measured.</summary>
    [Fact]
    public void Text_OfDemands_SaysEachVerdict()
    {
        PeersResult result = Result(
            new DemandResult("ours", "PyTorch", 4, 5, 10, true),
            new DemandResult("ours", "PyTorch", 8, 5, 20, true),
            new DemandResult("ours", "plain C++", 8, 5, 90, false),
            new DemandResult("ours", "OpenBLAS", 1, null, 0, true));

        string text = PeersReport.Text(result);

        Assert.Contains("PyTorch / ours 5.00× (4.0×, implies 10.0 GFLOP/s) holds", text, StringComparison.Ordinal);
        Assert.Contains("PyTorch / ours 5.00× (8.0×, implies 20.0 GFLOP/s) **does not hold**", text, StringComparison.Ordinal);
        Assert.Contains("plain C++ / ours 5.00× (8.0×, implies 90.0 GFLOP/s) not asked: 90 % of sgemm", text, StringComparison.Ordinal);
        Assert.Contains("OpenBLAS: not measured", text, StringComparison.Ordinal);
        Assert.Contains("**OpenBLAS is missing** (none): `apt-get install x`", text, StringComparison.Ordinal);
    }

    /// <summary>Means over a group and the share of sgemm count among the demands.</summary>
    [Fact]
    public void Means_OfAGroup_AreGeometricAndCounted()
    {
        PeersResult result = Result(new DemandResult("ours", "PyTorch", 4, 2, 10, true), new DemandResult("ours", "PyTorch", 4, 8, 10, true)) with { PeakBytes = 700_000_000 };

        MeanResult mean = Assert.Single(result.Means);

        Assert.Equal((4.0, 10.0, 2, false), (Math.Round(mean.Ratio, 9), mean.AtLeast, mean.Rows, mean.Holds));
        Assert.Equal(0.5, result.ShareOfSgemm);
        Assert.Equal((2, 3, 0), result.Count());
        Assert.Contains("| 700 MB | at most 600 MB | **does not hold** |", PeersReport.Text(result), StringComparison.Ordinal);
    }

    private static PeersResult Result(params DemandResult[] demands) => new()
    {
        Version = "1.0",
        Machine = "a processor",
        Device = "CPU",
        Command = "./dlrm bench --peers",
        Load = "0.1",
        Rounds = 1,
        Peers = ["PyTorch 0"],
        Missing = [new MissingPeer("OpenBLAS", "none", "apt-get install x")],
        Peaks = new MachinePeaks(120, 100, 20),
        Sgemm = 100,
        Rows = [new ContestResult(TtmContests.SgemmKey, TtmContests.Forward, "rank 32", [new SideResult("ours", [1], 1) { GigaFlops = 50 }], demands)],
        Seconds = 1,
    };
}
