using Dlrm.Data;
using Dlrm.Distributed;
using Dlrm.Metrics;
using Dlrm.Numerics;

namespace Dlrm.Training;

/// <summary>Measures a model on all samples of a source, with the posterior means or the mean prediction of posterior draws.</summary>
public static class Evaluator
{
    /// <summary>Measures.</summary>
    /// <param name="model">The model; its means are in use afterwards.</param>
    /// <param name="source">The samples; read from the start of epoch 0.</param>
    /// <param name="communicator">Adds the states of all workers, each of which calls this with its part of the samples.</param>
    /// <param name="cancellation">Stops between batches.</param>
    /// <returns>The metrics over all workers.</returns>
    /// <exception cref="DataFormatException">A label or dense feature is not a number that can be used.</exception>
    /// <exception cref="NotFiniteNumberException">The model gives NaN; the message has the first such sample.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was cancelled.</exception>
    public static MetricsResult Evaluate(DlrmModel model, IBatchSource source, ICommunicator communicator, CancellationToken cancellation = default) =>
        Evaluate(model, source, communicator, draws: 0, seed: 0, cancellation);

    /// <summary>Measures the mean prediction of posterior draws: what the model says when it allows for its own uncertainty.</summary>
    /// <param name="model">The model; its means are in use afterwards.</param>
    /// <param name="source">The samples; read from the start of epoch 0.</param>
    /// <param name="communicator">Adds the states of all workers, each of which calls this with its part of the samples.</param>
    /// <param name="draws">The draws, the same ones for all samples; 0: the posterior means.</param>
    /// <param name="seed">The seed of the draws.</param>
    /// <param name="cancellation">Stops between batches.</param>
    /// <returns>The metrics over all workers.</returns>
    /// <exception cref="DataFormatException">A label or dense feature is not a number that can be used.</exception>
    /// <exception cref="NotFiniteNumberException">The model gives NaN; the message has the first such sample.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was cancelled.</exception>
    public static MetricsResult Evaluate(DlrmModel model, IBatchSource source, ICommunicator communicator, int draws, ulong seed, CancellationToken cancellation = default) =>
        Evaluate(model, source, communicator, draws, seed, static () => { }, cancellation);

    /// <summary>Measures, and tells of each batch.</summary>
    /// <param name="model">The model; its means are in use afterwards.</param>
    /// <param name="source">The samples; read from the start of epoch 0.</param>
    /// <param name="communicator">Adds the states of all workers.</param>
    /// <param name="draws">The draws; 0: the posterior means.</param>
    /// <param name="seed">The seed of the draws.</param>
    /// <param name="goesOn">Called before each batch.</param>
    /// <param name="cancellation">Stops between batches, on every worker when on one.</param>
    /// <returns>The metrics over all workers.</returns>
    internal static MetricsResult Evaluate(
        DlrmModel model, IBatchSource source, ICommunicator communicator, int draws, ulong seed, Action goesOn, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(communicator);
        ClassificationMetrics metrics = new();
        float[] probabilities = [];
        float[] deviations = [];
        Predictor predictor = new(model, seed);
        model.UseMeans();
        source.Seek(DataCursor.Start(0));
        bool isSpread = model.Bags.Any(bag => bag.IsSharded);
        while (true)
        {
            Batch? read = !cancellation.IsCancellationRequested && source.TryRead(out Batch next) ? next : null;
            if (!(isSpread ? AnyHas(communicator, read is not null) : read is not null))
            {
                break;
            }

            goesOn();
            if (read is not { Size: > 0 } batch)
            {
                for (int s = 0; s < Math.Max(1, draws); s++)
                {
                    model.ServeForward();
                }

                continue;
            }

            if (BatchGuard.Problem(batch) is string problem)
            {
                throw new DataFormatException($"Evaluation: {problem} Convert the data again, or remove the row.");
            }

            if (probabilities.Length < batch.Size)
            {
                probabilities = new float[batch.Size];
                deviations = new float[batch.Size];
            }

            Span<float> current = probabilities.AsSpan(0, batch.Size);
            if (draws > 0)
            {
                predictor.Predict(batch, draws, current, deviations.AsSpan(0, batch.Size));
            }
            else
            {
                predictor.Predict(batch, current);
            }

            RequireFinite(current, batch.FirstSample);
            metrics.Add(current, batch.Labels);
        }

        if (communicator.WorldSize == 1)
        {
            cancellation.ThrowIfCancellationRequested();
            return metrics.Compute();
        }

        // The last number counts the workers that were told to stop: then all give up, and nobody waits for one that did.
        double[] state = new double[ClassificationMetrics.StateLength + 1];
        metrics.ExportState(state.AsSpan(0, ClassificationMetrics.StateLength));
        state[^1] = cancellation.IsCancellationRequested ? 1 : 0;
        communicator.AllReduceSum(state);
        return state[^1] > 0
            ? throw new OperationCanceledException("The evaluation was stopped.", cancellation)
            : ClassificationMetrics.FromState(state.AsSpan(0, ClassificationMetrics.StateLength)).Compute();
    }

    /// <summary>Says whether any worker has a batch: lookups of rows that are spread over workers need all of them.</summary>
    private static bool AnyHas(ICommunicator communicator, bool has)
    {
        Span<double> count = [has ? 1 : 0];
        communicator.AllReduceSum(count);
        return count[0] > 0;
    }

    private static void RequireFinite(ReadOnlySpan<float> probabilities, long firstSample)
    {
        for (int b = 0; b < probabilities.Length; b++)
        {
            if (float.IsNaN(probabilities[b]))
            {
                throw new NotFiniteNumberException(
                    $"The model gives NaN for sample {firstSample + b}: its weights are spoiled, or so large that products overflow. Train again with a lower learning rate.", probabilities[b]);
            }
        }
    }
}
