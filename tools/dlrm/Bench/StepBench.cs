using System.Diagnostics;
using Dlrm.CommandLine.Bench.Measuring;
using Dlrm.CommandLine.Configuration;
using Dlrm.CommandLine.Hosting;
using Dlrm.CommandLine.Runs;
using Dlrm.Data;
using Dlrm.Distributed;
using Dlrm.Numerics.Cpu;
using Dlrm.Training;

namespace Dlrm.CommandLine.Bench;

/// <summary>Trains for some steps as <c>dlrm train</c> does, with every operator measured.</summary>
internal static class StepBench
{
    /// <summary>The steps before the measured ones.</summary>
    internal const int WarmUp = 15;

    /// <summary>Trains and measures.</summary>
    /// <param name="options">The model and its training.</param>
    /// <param name="inputs">What it is fed, when there is no dataset.</param>
    /// <param name="dataset">The dataset, or null for generated batches.</param>
    /// <param name="steps">The measured steps.</param>
    /// <param name="time">The clock.</param>
    /// <param name="stop">Ends between two steps.</param>
    /// <returns>What it came to.</returns>
    /// <exception cref="OperationCanceledException">It was stopped before the last step.</exception>
    internal static StepResult Run(RunOptions options, ModelInputs? inputs, DatasetFolder? dataset, int steps, TimeProvider time, CancellationToken stop)
    {
        int threads = Machine.Threads(options.Training.Threads);
        inputs ??= DataSources.InputsOf(dataset!.Schema);
        options = options with { Training = options.Training with { CheckpointEvery = 1, EvaluateEvery = 0 } };
        using IBatchSource source = dataset is null ? new GeneratedBatches(inputs, options.Training.BatchSize, WarmUp + steps) : DataSources.OpenTraining(dataset, options, time);
        using MeasuringDevice device = new(new CpuDevice(threads), time);
        using DlrmModel model = new(device, options.Dlrm with { Model = RowFrequencies.Resolve(options.Dlrm.Model, inputs, source) }, inputs);
        using Trainer trainer = new(model, source, null, new LocalCommunicator(), time);
        using CancellationTokenSource end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        List<double> milliseconds = [];
        TimeSpan waited = TimeSpan.Zero;
        TimeSpan counted = TimeSpan.Zero;
        long last = 0;
        trainer.Run(null, AfterStep, end.Token);
        if (milliseconds.Count == 0)
        {
            throw stop.IsCancellationRequested ? new OperationCanceledException(stop)
                : new UsageException($"The data have no {WarmUp + 1} batches of {options.Training.BatchSize} samples; lower --batch-size.");
        }

        using Process self = Process.GetCurrentProcess();
        TimeSpan total = TimeSpan.FromMilliseconds(milliseconds.Sum());
        return new StepResult
        {
            Device = device.Description,
            Data = dataset is null ? "generated ahead of time" : "read while training",
            BatchSize = options.Training.BatchSize,
            Steps = milliseconds.Count,
            MedianMilliseconds = Statistics.Median(milliseconds),
            SamplesPerSecond = milliseconds.Count * options.Training.BatchSize / total.TotalSeconds,
            DataWaitShare = (source.WaitTime - waited) / total,
            Operators = [.. device.Totals.OrderByDescending(pair => pair.Value.Time).Select(pair => StepOperator.Of(pair.Key, pair.Value, milliseconds.Count, total))],
            StoredBytes = model.StoredBytes,
            PeakBytes = self.PeakWorkingSet64,
        };

        // The trainer calls this between two steps.
        void AfterStep(Trainer trained)
        {
            long now = time.GetTimestamp();
            if (trained.Step > WarmUp)
            {
                milliseconds.Add((time.GetElapsedTime(last, now) - (device.Counting - counted)).TotalMilliseconds);
                counted = device.Counting;
            }
            else if (trained.Step == WarmUp)
            {
                device.Clear();
                waited = source.WaitTime;
            }

            if (trained.Step >= WarmUp + steps)
            {
                end.Cancel();
            }

            last = time.GetTimestamp();
        }
    }
}
