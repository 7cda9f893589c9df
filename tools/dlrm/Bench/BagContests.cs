using System.Text.Json.Nodes;
using Dlrm.CommandLine.Bench.Peers;
using Dlrm.Embeddings;
using Dlrm.Numerics;
using Dlrm.Numerics.Cpu;

namespace Dlrm.CommandLine.Bench;

/// <summary>The rows of the bench about one dense table: forward, backward and update of a batch of 8192 Zipf ids.</summary>
internal static class BagContests
{
    private const int Batches = 4;
    private const int Batch = 8192;
    private const ulong Seed = 20210405;

    /// <summary>Makes the rows.</summary>
    /// <param name="files">Where inputs are handed over.</param>
    /// <param name="time">The clock.</param>
    /// <returns>The rows.</returns>
    internal static IEnumerable<Contest> All(BenchFiles files, TimeProvider time)
    {
        foreach (int threads in (int[])[1, 2])
        {
            yield return new Contest
            {
                Key = $"embedding-bag-{threads}",
                Group = "Dense EmbeddingBag, forward + backward + update: row-wise Adagrad (ours), SGD (PyTorch, sparse=True)",
                Case = $"{TtmTable.Rows:N0} × {TtmTable.Dim}, batch {Batch}, Zipf 1.05, {threads} {(threads == 1 ? "thread" : "threads")}",
                Sides = [new SidePlan(SideNames.Ours, _ => Own(time, threads)), new SidePlan(SideNames.Torch, peers => Of(peers.TorchProcess, files, threads))],
                Demands = [new Demand(SideNames.Ours, SideNames.Torch, 1.5)],
                WarmUp = 0.4,
                Weight = 9,
            };
        }
    }

    private static OwnSide Own(TimeProvider time, int threads)
    {
        CpuDevice device = new(threads);
        IEmbeddingBag bag = EmbeddingBagFactory.Create(
            device, "tables.C3", TtmTable.Rows, TtmTable.Dim, new TableOptions { Kind = TableKind.Dense }, new OptimizerOptions { Kind = OptimizerKind.RowwiseAdagrad },
            new OptimizerOptions(), new RankPriorOptions(), new RandomStream(Seed, 0));
        DeviceBuffer<float> output = device.Allocate<float>((long)Batch * TtmTable.Dim);
        DeviceBuffer<float> gradient = device.Allocate<float>(output.Length);
        gradient.CopyFrom(Array.ConvertAll(BenchIds.Pattern(gradient.Length), value => value * 1e-3f));
        JaggedIndices[] ids = [.. Ids().Select(values => JaggedIndices.OneHot(values))];
        return new OwnSide(time, Run, () => bag.Parameters[0].StoredElements, bag, output, gradient, device);

        void Run(long repetition)
        {
            bag.Forward(ids[repetition % Batches], new Matrix(output, Batch, TtmTable.Dim));
            bag.Parameters[0].ClearGradient();
            bag.Backward(new Matrix(gradient, Batch, TtmTable.Dim));
            bag.Parameters[0].Step(new StepContext { Step = repetition + 1, LearningRateFactor = 1, GradientScale = 1, KlWeight = 0, BatchSize = Batch });
        }
    }

    private static PeerSide? Of(PeerProcess? peer, BenchFiles files, int threads) => peer is null ? null : new PeerSide(
        peer, "embedding-bag", $"embedding-bag-{threads}", threads, new JsonObject
        {
            ["ids"] = files.Write($"ids-{Batch}-{true}", () => Ids().SelectMany(ids => ids).ToArray()),
            ["rows"] = TtmTable.Rows,
            ["dim"] = TtmTable.Dim,
            ["batches"] = Batches,
            ["batch"] = Batch,
        });

    private static IEnumerable<long[]> Ids() => Enumerable.Range(0, Batches).Select(part => BenchIds.Draw(TtmTable.Rows, Batch, isZipf: true, part));
}
