using System.Text.Json.Nodes;
using Dlrm.CommandLine.Bench.Peers;
using Dlrm.Numerics;
using Dlrm.Numerics.Cpu;

namespace Dlrm.CommandLine.Bench;

/// <summary>The rows of the bench about matrix products: the rate that others are compared with, and the shapes of the towers.</summary>
internal static class GemmContests
{
    /// <summary>The row that gives this run's sgemm rate.</summary>
    internal const string SgemmKey = "sgemm-1024";

    /// <summary>The heading of the towers' products.</summary>
    internal const string Towers = "GEMM, shapes of the towers at batch 2048";

    private const int Batch = 2048;

    // 13-512-256-64-16 and 367-512-256-1: 26 tables and the bottom tower make 27 vectors of 16, 16 + 27·26/2 inputs of the top tower.
    private static readonly (int In, int Out)[] Layers = [(13, 512), (512, 256), (256, 64), (64, 16), (367, 512), (512, 256), (256, 1)];

    /// <summary>Makes the row of the sgemm rate: 1024 × 1024 × 1024, one thread.</summary>
    /// <param name="time">The clock.</param>
    /// <returns>The row.</returns>
    internal static Contest Sgemm(TimeProvider time)
    {
        Product product = new(1024, 1024, 1024, false, false);
        return new Contest
        {
            Key = SgemmKey,
            Group = "sgemm, 1024 × 1024 × 1024, 1 thread",
            Case = "C = A·B",
            Sides =
            [
                new SidePlan(SideNames.Ours, _ => Own(time, product, 1)),
                new SidePlan(SideNames.OpenBlas, peers => Of(peers.BlasProcess, "gemm", product, 1)),
                new SidePlan(SideNames.Torch, peers => Of(peers.TorchProcess, "sgemm", product, 1)),
            ],
            MultiplyAdds = product.MultiplyAdds,
            LeastMultiplyAdds = product.MultiplyAdds,
            Seconds = 0.2,
            WarmUp = 0.5,
            Weight = 6,
        };
    }

    /// <summary>Makes the rows of the towers: every layer's product forward, and both backward.</summary>
    /// <param name="time">The clock.</param>
    /// <returns>The rows.</returns>
    internal static IEnumerable<Contest> All(TimeProvider time)
    {
        bool isBlasOurs = UsesBlas();
        foreach (int threads in (int[])[1, 2])
        {
            foreach ((int inputs, int outputs) in Layers.Distinct())
            {
                yield return Make("forward", "Y = X·Wᵀ", new Product(Batch, outputs, inputs, false, true));
                if (inputs != Layers[0].In)
                {
                    yield return Make("input", "∂X = ∂Y·W", new Product(Batch, inputs, outputs, false, false));
                }

                yield return Make("weight", "∂W = ∂Yᵀ·X", new Product(outputs, inputs, Batch, true, false));

                Contest Make(string direction, string formula, Product product) => new()
                {
                    Key = $"gemm-{inputs}-{outputs}-{direction}-{threads}",
                    Group = Towers,
                    Case = $"{inputs} → {outputs}, {formula}, {threads} {(threads == 1 ? "thread" : "threads")}",
                    Sides = [new SidePlan(SideNames.Ours, _ => Own(time, product, threads)), new SidePlan(SideNames.OpenBlas, peers => Of(peers.BlasProcess, "gemm", product, threads))],
                    Demands = [new Demand(SideNames.Ours, SideNames.OpenBlas, isBlasOurs ? 1 : 0.9)],
                    MultiplyAdds = product.MultiplyAdds,
                    LeastMultiplyAdds = product.MultiplyAdds,
                    Seconds = 0.03,
                    WarmUp = 0.2,
                    Weight = 0.9,
                };
            }
        }
    }

    /// <summary>Tells whether our device calls OpenBLAS itself; more is asked of it then.</summary>
    private static bool UsesBlas()
    {
        using CpuDevice device = new(1);
        return device.Description.Contains(SideNames.OpenBlas, StringComparison.Ordinal);
    }

    private static OwnSide Own(TimeProvider time, Product product, int threads)
    {
        CpuDevice device = new(threads);
        DeviceBuffer<float> a = Filled(device, (long)product.M * product.K);
        DeviceBuffer<float> b = Filled(device, (long)product.K * product.N);
        DeviceBuffer<float> c = device.Allocate<float>((long)product.M * product.N);
        Matrix left = product.IsATransposed ? new Matrix(a, product.K, product.M) : new Matrix(a, product.M, product.K);
        Matrix right = product.IsBTransposed ? new Matrix(b, product.N, product.K) : new Matrix(b, product.K, product.N);
        void Run(long repetition) => device.Gemm(left, product.IsATransposed, right, product.IsBTransposed, new Matrix(c, product.M, product.N));
        return new OwnSide(time, Run, Check, a, b, c, device);

        double Check()
        {
            Run(0);
            return c.ToArray().Sum(value => (double)value * value);
        }
    }

    private static PeerSide? Of(PeerProcess? peer, string work, Product product, int threads) => peer is null ? null : new PeerSide(
        peer, work, product.ToString(), threads, new JsonObject
        {
            ["m"] = product.M,
            ["n"] = product.N,
            ["k"] = product.K,
            ["transposeA"] = product.IsATransposed ? 1 : 0,
            ["transposeB"] = product.IsBTransposed ? 1 : 0,
        });

    private static DeviceBuffer<float> Filled(CpuDevice device, long length)
    {
        DeviceBuffer<float> buffer = device.Allocate<float>(length);
        buffer.CopyFrom(BenchIds.Pattern(length));
        return buffer;
    }

    /// <summary>One product: m × k times k × n.</summary>
    private sealed record Product(int M, int N, int K, bool IsATransposed, bool IsBTransposed)
    {
        internal double MultiplyAdds => (double)M * N * K;
    }
}
