using System.Text.Json.Nodes;
using Dlrm.CommandLine.Bench.Peers;
using Dlrm.Embeddings;
using Dlrm.Numerics;
using Dlrm.Numerics.Cpu;

namespace Dlrm.CommandLine.Bench;

/// <summary>The TT-matrix table of the bench, 10,131,227 × 16 as 200·220·250 / 2·2·4, with one batch size and kind of ids: the same work for every side.</summary>
/// <param name="files">Where ids and cores are handed over.</param>
/// <param name="time">The clock.</param>
/// <param name="bondRank">The TT rank of both bonds.</param>
/// <param name="batch">The ids of a batch.</param>
/// <param name="isZipf">Zipf, or else uniform ids.</param>
/// <param name="isStep">Forward, backward and SGD, or else forward alone.</param>
internal sealed class TtmTable(BenchFiles files, TimeProvider time, int bondRank, int batch, bool isZipf, bool isStep)
{
    /// <summary>The rows.</summary>
    internal const long Rows = 10_131_227;

    /// <summary>The columns.</summary>
    internal const int Dim = 16;

    private const int Batches = 4;
    private const double LearningRate = 1e-3;
    private const ulong Seed = 20210405;
    private static readonly int[] RowModes = [200, 220, 250];
    private static readonly int[] ColumnModes = [2, 2, 4];

    /// <summary>Gets the multiply-adds when every id is computed alone; a backward pass is twice a forward pass.</summary>
    internal double MultiplyAdds => (isStep ? 3 : 1) * (double)batch * (PrefixMultiplyAdds + LastMultiplyAdds);

    /// <summary>Gets the multiply-adds when equal prefixes and rows are computed once, the mean of the batches.</summary>
    internal double LeastMultiplyAdds
    {
        get
        {
            double sum = 0;
            foreach (long[] ids in Ids())
            {
                sum += (ids.Select(id => id / RowModes[2]).Distinct().Count() * PrefixMultiplyAdds) + (ids.Distinct().Count() * LastMultiplyAdds);
            }

            return (isStep ? 3 : 1) * sum / Batches;
        }
    }

    private double PrefixMultiplyAdds => (double)ColumnModes[0] * bondRank * ColumnModes[1] * bondRank;

    private double LastMultiplyAdds => (double)ColumnModes[0] * ColumnModes[1] * bondRank * ColumnModes[2];

    /// <summary>Makes our side.</summary>
    /// <param name="threads">The threads of its device.</param>
    /// <returns>The side.</returns>
    internal ISide Own(int threads)
    {
        CpuDevice device = new(threads);
        IEmbeddingBag bag = Bag(device);
        DeviceBuffer<float> output = device.Allocate<float>((long)batch * Dim);
        float[] pattern = BenchIds.Pattern((long)batch * Dim);
        DeviceBuffer<float>[] gradients = [device.Allocate<float>(pattern.Length), device.Allocate<float>(pattern.Length)];
        gradients[0].CopyFrom(pattern);
        gradients[1].CopyFrom(Array.ConvertAll(pattern, value => -value));
        JaggedIndices[] ids = [.. Ids().Select(values => JaggedIndices.OneHot(values))];
        Matrix rows = new(output, batch, Dim);
        bag.Tensor!.UseMeans();

        void Run(long repetition)
        {
            bag.Forward(ids[repetition % Batches], rows);
            if (isStep)
            {
                bag.Tensor.ClearGradient();
                bag.Backward(new Matrix(gradients[repetition / Batches % 2], batch, Dim));
                bag.Tensor.Step(new StepContext { Step = repetition + 1, LearningRateFactor = 1, GradientScale = 1, KlWeight = 0, BatchSize = batch });
            }
        }

        double Check()
        {
            bag.Forward(ids[0], rows);
            float[] before = output.ToArray();
            if (!isStep)
            {
                return before.Sum(value => (double)value * value);
            }

            Run(0);
            bag.Forward(ids[0], rows);
            return output.ToArray().Select((value, i) => ((double)value - before[i]) * pattern[i]).Sum() / LearningRate;
        }

        return new OwnSide(time, Run, Check, bag, output, gradients[0], gradients[1], device);
    }

    /// <summary>Makes the side of a peer.</summary>
    /// <param name="peer">The peer, or null when it is missing.</param>
    /// <param name="threads">The threads.</param>
    /// <returns>The side, or null.</returns>
    internal ISide? Of(PeerProcess? peer, int threads)
    {
        if (peer is null)
        {
            return null;
        }

        JsonObject settings = new()
        {
            ["ids"] = files.Write($"ids-{batch}-{isZipf}", () => Ids().SelectMany(ids => ids).ToArray()),
            ["cores"] = files.Write($"cores-{bondRank}", Cores),
            ["rowModes"] = new JsonArray([.. RowModes]),
            ["columnModes"] = new JsonArray([.. ColumnModes]),
            ["ranks"] = new JsonArray(1, bondRank, bondRank, 1),
            ["batches"] = Batches,
            ["batch"] = batch,
            ["learningRate"] = LearningRate,
        };
        return new PeerSide(peer, isStep ? "ttm-step" : "ttm-forward", $"ttm-{bondRank}-{batch}-{isZipf}-{isStep}", threads, settings);
    }

    private IEnumerable<long[]> Ids() => Enumerable.Range(0, Batches).Select(part => BenchIds.Draw(Rows, batch, isZipf, part));

    private IEmbeddingBag Bag(CpuDevice device) => EmbeddingBagFactory.Create(
        device,
        "tables.C3",
        Rows,
        Dim,
        new TableOptions { Kind = TableKind.LowRank, RowModes = RowModes, ColumnModes = ColumnModes, StartRanks = [bondRank, bondRank], InitialEntryDeviation = 0.1 },
        new OptimizerOptions(),
        new OptimizerOptions { Kind = OptimizerKind.Sgd, LearningRate = LearningRate },
        new RankPriorOptions { Inference = InferenceKind.FixedRanks },
        new RandomStream(Seed, 0));

    private float[] Cores()
    {
        using CpuDevice device = new(1);
        using IEmbeddingBag bag = Bag(device);
        FactorCollector cores = new();
        bag.Tensor!.Save(cores, StateParts.Values);
        return [.. cores.Values];
    }
}
