using System.Diagnostics;
using System.Text.Json;
using Dlrm.Bench.Scale;
using Dlrm.CommandLine.Bench;
using Dlrm.CommandLine.Configuration;
using Dlrm.CommandLine.Runs;
using Dlrm.Embeddings;
using Dlrm.Numerics;
using Dlrm.Numerics.Cpu;
using Dlrm.Planning;

namespace Dlrm.Bench.Kaggle;

/// <summary>Trains the published shape of one format for some steps on generated ids: a process of its own, so that its peak memory is its own.</summary>
internal static class KaggleRun
{
    private const int WarmUp = 3;
    private const int Steps = 12;
    private const int Batches = 4;
    private const int Seed = 20210405;

    /// <summary>Runs and prints a <see cref="KaggleResult"/> as one line of JSON.</summary>
    /// <param name="format">"ttm".</param>
    internal static void Print(string format)
    {
        RunOptions options = new OptionsBinder<RunOptions>(new RunOptions()).AddJson(EmbeddedFiles.Read("presets", $"kaggle-{format}"), format).Bind();
        ModelInputs inputs = PlannedInputs.Find(null, null, "kaggle");
        ModelPlan plan = ModelPlanner.Plan(options.Dlrm, inputs);
        int threads = Environment.ProcessorCount;
        StepCost cost = SpeedProbe.Measure(threads, options.Model.EmbeddingDim, TimeProvider.System);
        using CpuDevice device = new(threads);
        using DlrmModel model = new(device, options.Dlrm, inputs);
        Random random = new(Seed);
        Batch[] zipf = [.. Enumerable.Range(0, Batches).Select(_ => Draw(random, inputs, options.Training.BatchSize, isZipf: true))];
        Batch[] uniform = [.. Enumerable.Range(0, Batches).Select(_ => Draw(random, inputs, options.Training.BatchSize, isZipf: false))];
        Samples zipfTimes = new();
        Samples uniformTimes = new();
        Samples sweeps = new();
        double first = 0;
        double last = 0;
        for (int step = 1; step <= WarmUp + Steps; step++)
        {
            if (step == WarmUp + 1)
            {
                zipfTimes.Clear();
                uniformTimes.Clear();
                sweeps.Clear();
            }

            zipfTimes.Time(() => last = Step(model, zipf[step % Batches], 2 * step, sweeps));
            uniformTimes.Time(() => Step(model, uniform[step % Batches], (2 * step) + 1, sweeps));
            first = step == 1 ? last : first;
        }

        Console.WriteLine(JsonSerializer.Serialize(new KaggleResult(
            format,
            model.Tensors.Sum(tensor => tensor.StoredElements),
            model.StoredBytes,
            plan.DenseBytes,
            model.WorkingBytes,
            PeakBytes(),
            zipfTimes.Median / 1000,
            zipfTimes.Least / 1000,
            uniformTimes.Median / 1000,
            uniformTimes.Least / 1000,
            sweeps.Median / 1000,
            1000 * cost.Seconds(plan, options.Training.BatchSize),
            first,
            last)));
    }

    /// <summary>Takes a step as the trainer does.</summary>
    /// <returns>The mean loss in nats.</returns>
    private static double Step(DlrmModel model, Batch batch, long step, Samples sweeps)
    {
        model.BeginStep(new RandomStream(Seed, 1).Derive((ulong)step), 1);
        model.Forward(batch);
        double loss = model.Loss() / batch.Size;
        model.ClearGradients();
        model.Backward();
        StepContext context = new() { Step = step, LearningRateFactor = 1, GradientScale = 1, KlWeight = 1 / 39.29e6, BatchSize = batch.Size };
        sweeps.Time(() =>
        {
            foreach (Parameter parameter in model.Parameters)
            {
                if (!double.IsFinite(parameter.GradientSumOfSquares()))
                {
                    throw new NotFiniteNumberException($"The gradient of {parameter.Name} is not finite.");
                }

                parameter.Step(context);
            }
        });
        return loss;
    }

    private static Batch Draw(Random random, ModelInputs inputs, int size, bool isZipf)
    {
        Batch batch = new(inputs.DenseFeatures, inputs.Names.Count);
        batch.Resize(size);
        for (int i = 0; i < batch.Dense.Length; i++)
        {
            batch.Dense[i] = (float)random.NextDouble();
        }

        for (int i = 0; i < size; i++)
        {
            batch.Labels[i] = random.Next(4) == 0 ? 1 : 0;
        }

        for (int t = 0; t < batch.Sparse.Length; t++)
        {
            long rows = inputs.Cardinalities[t];
            batch.Sparse[t] = JaggedIndices.OneHot([.. Enumerable.Range(0, size).Select(_ => isZipf ? BenchIds.Zipf(random, rows) : random.NextInt64(rows))]);
        }

        return batch;
    }

    private static long PeakBytes()
    {
        using Process self = Process.GetCurrentProcess();
        return self.PeakWorkingSet64;
    }
}
