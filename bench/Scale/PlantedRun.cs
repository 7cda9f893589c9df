using System.Diagnostics;
using System.Globalization;
using System.Text;
using Dlrm.Embeddings;
using Dlrm.Numerics;
using Dlrm.Numerics.Cpu;

namespace Dlrm.Bench.Scale;

/// <summary>Trains a table of 10⁹ rows on a planted one of TT rank 2: the loss falls on rows that are never seen twice.</summary>
internal static class PlantedRun
{
    private const long Rows = 1_000_000_000;
    private const int Steps = 400;
    private const int Reported = 50;
    private const int Batch = ScaleTable.BatchSize;
    private const int EmbeddingDim = 64;

    /// <summary>Trains and adds what happened.</summary>
    /// <param name="text">Receives it.</param>
    internal static void Add(StringBuilder text)
    {
        using CpuDevice device = new(1);
        RandomStream stream = new(7, 0);
        OptimizerOptions adam = new() { Kind = OptimizerKind.Adam, LearningRate = 0.01 };
        using IEmbeddingBag teacher = Create(device, bondRank: 2, adam, InferenceKind.FixedRanks, stream.Derive(1));
        using IEmbeddingBag table = Create(device, bondRank: 16, adam, InferenceKind.Svi, stream.Derive(2));
        using DeviceBuffer<float> targets = device.Allocate<float>((long)Batch * EmbeddingDim);
        using DeviceBuffer<float> outputs = device.Allocate<float>((long)Batch * EmbeddingDim);
        float[] negated = new float[targets.Length];
        Matrix target = new(targets, Batch, EmbeddingDim);
        Matrix output = new(outputs, Batch, EmbeddingDim);
        Random random = new(7);
        text.AppendLine("## Training at 10⁹ rows");
        text.AppendLine();
        text.AppendLine(CultureInfo.InvariantCulture, $"A teacher of TT rank 2 with entries of unit variance; {Batch} new uniform rows a step. Loss: mean squared error, 1 at the start by construction.");
        text.AppendLine();
        text.AppendLine("| steps | mean squared error |");
        text.AppendLine("|---|---|");
        long start = Stopwatch.GetTimestamp();
        double sum = 0;
        for (int step = 1; step <= Steps; step++)
        {
            JaggedIndices rows = JaggedIndices.OneHot([.. Enumerable.Range(0, Batch).Select(_ => random.NextInt64(Rows))]);
            teacher.Forward(rows, target);
            targets.CopyTo(negated);
            System.Numerics.Tensors.TensorPrimitives.Negate(negated, negated);
            targets.CopyFrom(negated);
            table.Tensor!.BeginStep(stream.Derive(3).Derive((ulong)step), pieces: 1);
            table.Tensor.ClearGradient();
            table.Forward(rows, output);
            device.AddElements(output, target, output);
            sum += device.SumOfSquares(outputs, outputs.Length) / outputs.Length;
            table.Backward(output);
            table.Tensor.Step(new StepContext { Step = step, LearningRateFactor = 1, GradientScale = 1f / outputs.Length, KlWeight = 0, BatchSize = Batch });
            if (step % Reported == 0)
            {
                text.AppendLine(CultureInfo.InvariantCulture, $"| {step - Reported + 1}–{step} | {sum / Reported:F4} |");
                sum = 0;
            }
        }

        text.AppendLine();
        text.AppendLine(CultureInfo.InvariantCulture, $"{Steps * Batch / Stopwatch.GetElapsedTime(start).TotalSeconds:F0} samples a second, the teacher's part and drawing ids included.");
        text.AppendLine();
    }

    private static IEmbeddingBag Create(CpuDevice device, int bondRank, OptimizerOptions adam, InferenceKind inference, RandomStream stream) => EmbeddingBagFactory.Create(
        device, "tables.C1", Rows, EmbeddingDim, new TableOptions { Kind = TableKind.LowRank, StartRank = bondRank, InitialEntryDeviation = inference == InferenceKind.Svi ? 0.1 : 1 }, adam, adam,
        new RankPriorOptions { Inference = inference }, stream);
}
