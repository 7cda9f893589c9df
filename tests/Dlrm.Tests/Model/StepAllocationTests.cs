using Dlrm.Embeddings;
using Dlrm.Numerics;
using Dlrm.Numerics.Cpu;
using Dlrm.Tests.Support;

namespace Dlrm.Tests.Model;

/// <summary>A training step takes its memory from the steps before it.</summary>
public sealed class StepAllocationTests
{
    /// <summary>Batches differ in size and ids; the largest comes first.</summary>
    /// <param name="inference">Draws, means, or no prior.</param>
    [Theory]
    [InlineData(InferenceKind.Svi)]
    [InlineData(InferenceKind.Map)]
    [InlineData(InferenceKind.FixedRanks)]
    public void Step_AfterTheFirst_AllocatesNothing(InferenceKind inference)
    {
        using CpuDevice device = new(1);
        using DlrmModel model = new(device, Models.Svi with { RankPrior = Models.Svi.RankPrior with { Inference = inference } }, Models.Inputs);
        Batch[] batches = [.. new[] { 64, 50, 64 }.Select((size, seed) => Read(size, seed))];
        Parameter[] parameters = [.. model.Parameters];
        for (int step = 1; step <= 30; step++)
        {
            Step(model, parameters, batches[step % 3], step);
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int step = 31; step <= 60; step++)
        {
            Step(model, parameters, batches[step % 3], step);
        }

        // Thirty steps that each allocated the smallest object would be 720 bytes.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 500);
    }

    private static Batch Read(int size, int seed)
    {
        using ClickSource source = new(size, size, seed);
        Assert.True(source.TryRead(out Batch batch));
        return batch;
    }

    private static void Step(DlrmModel model, Parameter[] parameters, Batch batch, long step)
    {
        model.BeginStep(new RandomStream(1, 2).Derive((ulong)step), 1);
        model.Forward(batch);
        _ = model.Loss();
        model.ClearGradients();
        model.Backward();
        StepContext context = new() { Step = step, LearningRateFactor = 1, GradientScale = 1, KlWeight = 1e-4, BatchSize = batch.Size };
        foreach (Parameter parameter in parameters)
        {
            _ = parameter.GradientSumOfSquares();
            parameter.Step(context);
        }
    }
}
