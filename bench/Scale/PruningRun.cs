using System.Globalization;
using System.Text;
using Dlrm.Embeddings;
using Dlrm.Numerics;
using Dlrm.Numerics.Cpu;

namespace Dlrm.Bench.Scale;

/// <summary>Measures bytes and times of a step before and after components are removed.</summary>
internal static class PruningRun
{
    private const long Rows = 10_131_227;
    private const int EmbeddingDim = 16;
    private const int Before = 32;
    private const int After = 8;
    private const int Batch = 2048;
    private const int Rounds = 40;

    /// <summary>Measures and adds what was found.</summary>
    /// <param name="text">Receives it.</param>
    internal static void Add(StringBuilder text)
    {
        using CpuDevice device = new(1);
        OptimizerOptions adam = new() { Kind = OptimizerKind.Adam };
        using IEmbeddingBag bag = EmbeddingBagFactory.Create(
            device, "tables.C1", Rows, EmbeddingDim, new TableOptions { Kind = TableKind.LowRank, StartRank = Before }, adam, adam, new RankPriorOptions(), new RandomStream(5, 0));
        text.AppendLine("## Pruning");
        text.AppendLine();
        text.AppendLine(CultureInfo.InvariantCulture, $"One table of {Rows} × {EmbeddingDim}, batch {Batch}, uniform ids; the same table before and after components are removed from both bonds.");
        text.AppendLine();
        text.AppendLine("| TT ranks | stored bytes | working bytes (posterior, gradient, moments) | a step: ms | gauge move: ms |");
        text.AppendLine("|---|---|---|---|---|");
        AddRow(text, device, bag);
        for (int bond = 0; bond < bag.Tensor!.Format.Ranks.Count; bond++)
        {
            while (bag.Tensor.Format.Ranks[bond] > After)
            {
                bag.Tensor.RemoveComponent(bond, bag.Tensor.Format.Ranks[bond] - 1);
            }
        }

        AddRow(text, device, bag);
        text.AppendLine();
    }

    private static void AddRow(StringBuilder text, CpuDevice device, IEmbeddingBag bag)
    {
        BayesianTensor tensor = bag.Tensor!;
        using DeviceBuffer<float> outputs = device.Allocate<float>((long)Batch * EmbeddingDim);
        using DeviceBuffer<float> gradients = device.Allocate<float>((long)Batch * EmbeddingDim);
        device.FillNormal(gradients, new RandomStream(5, 1), 1e-3f);
        Matrix output = new(outputs, Batch, EmbeddingDim);
        Matrix gradient = new(gradients, Batch, EmbeddingDim);
        Random random = new(5);
        JaggedIndices rows = JaggedIndices.OneHot([.. Enumerable.Range(0, Batch).Select(_ => random.NextInt64(Rows))]);
        Samples steps = new();
        Samples gauges = new();
        for (int round = -10; round < Rounds; round++)
        {
            if (round == 0)
            {
                steps.Clear();
                gauges.Clear();
            }

            steps.Time(() =>
            {
                tensor.BeginStep(new RandomStream(5, 2).Derive((ulong)(round + 10)), pieces: 1);
                tensor.ClearGradient();
                bag.Forward(rows, output);
                bag.Backward(gradient);
                tensor.Step(new StepContext { Step = round + 11, LearningRateFactor = 1, GradientScale = 1, KlWeight = 1e-9, BatchSize = Batch });
            });
            if (round % 5 == 0)
            {
                gauges.Time(tensor.MoveGauge);
            }
        }

        text.AppendLine(
            CultureInfo.InvariantCulture,
            $"| {string.Join("/", tensor.Format.Ranks)} | {tensor.StoredElements * sizeof(float)} | {tensor.WorkingBytes} | {steps.Median / 1000:F2} ({steps.Least / 1000:F2}) | {gauges.Median / 1000:F2} ({gauges.Least / 1000:F2}) |");
    }
}
