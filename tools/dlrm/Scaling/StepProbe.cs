using Dlrm.CommandLine.Bench;
using Dlrm.CommandLine.Configuration;
using Dlrm.CommandLine.Hosting;
using Dlrm.CommandLine.Runs;
using Dlrm.Data;
using Dlrm.Distributed;
using Dlrm.Numerics;
using Dlrm.Numerics.Cpu;
using Dlrm.Planning;
using Dlrm.Training;

namespace Dlrm.CommandLine.Scaling;

/// <summary>Measures a training step of one worker by taking some, for at most a few seconds.</summary>
/// <remarks>A dense table that is larger than any cache costs the same for each id whatever its rows: tables are cut to 64 MiB, so that the step of a model is measured which no machine holds.</remarks>
internal static class StepProbe
{
    private const long MostTableBytes = 64L << 20;
    private const int MostWarmUp = 15;
    private const int MostSteps = 60;
    private const int LeastSteps = 5;
    private static readonly TimeSpan MostTime = TimeSpan.FromSeconds(8);

    /// <summary>Measures.</summary>
    /// <param name="options">The options; their batch is that of one worker.</param>
    /// <param name="inputs">What the model is fed.</param>
    /// <param name="dataset">The dataset; null: generated batches with Zipf ids.</param>
    /// <param name="threads">The threads of the worker.</param>
    /// <param name="time">The clock.</param>
    /// <param name="stop">Ends between two steps.</param>
    /// <returns>The median time of a step in seconds; waiting for data is in it, gauge moves and pruning are not.</returns>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    /// <exception cref="UsageException">The data have too few batches.</exception>
    internal static double Measure(RunOptions options, ModelInputs inputs, DatasetFolder? dataset, int threads, TimeProvider time, CancellationToken stop)
    {
        ModelPlan plan = ModelPlanner.Plan(options.Dlrm, inputs);
        TensorPlan[] tables = [.. plan.Tensors.Where(tensor => tensor.IsLookup)];
        long[] rows = [.. tables.Select((table, t) => table.Kind == "dense" ? Math.Min(inputs.Cardinalities[t], Math.Max(1, MostTableBytes / (table.Columns * sizeof(float)))) : inputs.Cardinalities[t])];
        options = options with { Training = options.Training with { CheckpointEvery = 1, EvaluateEvery = 0, Epochs = 1, DrawsPerStep = 1 } };
        using IBatchSource source = new CutSource(dataset is null ? new GeneratedBatches(inputs, options.Training.BatchSize, MostWarmUp + MostSteps) : DataSources.OpenTraining(dataset, options, time), rows);
        using CpuDevice device = new(threads);
        using DlrmModel model = new(device, options.Dlrm with { Model = plan.Options }, new ModelInputs(inputs.DenseFeatures, inputs.Names, rows));
        using Trainer trainer = new(model, source, null, new LocalCommunicator(), time);
        using CancellationTokenSource end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        List<double> seconds = [];
        long begin = time.GetTimestamp();
        long last = begin;
        int warmUp = 0;
        trainer.Run(null, AfterStep, end.Token);
        stop.ThrowIfCancellationRequested();
        return seconds.Count > 0 ? Statistics.Median(seconds)
            : throw new UsageException($"The data have only {trainer.Step} batches of {options.Training.BatchSize} samples, too few to measure a step; lower --batch-size, or leave --data out.");

        void AfterStep(Trainer trained)
        {
            long now = time.GetTimestamp();
            if (warmUp < MostWarmUp && (warmUp < LeastSteps || time.GetElapsedTime(begin, now) < MostTime / 2))
            {
                warmUp++;
                begin = warmUp == MostWarmUp ? now : begin;
            }
            else
            {
                begin = seconds.Count == 0 ? last : begin;
                seconds.Add(time.GetElapsedTime(last, now).TotalSeconds);
            }

            if (seconds.Count >= MostSteps || (seconds.Count >= LeastSteps && time.GetElapsedTime(begin, now) > MostTime))
            {
                end.Cancel();
            }

            last = time.GetTimestamp();
        }
    }
}
