using Dlrm.Data;
using Dlrm.Embeddings;
using Dlrm.Metrics;

namespace Dlrm.Training;

/// <summary>The counters and running sums of a run, apart from the model: what an exact resume needs besides.</summary>
internal sealed class TrainerState
{
    /// <summary>Changes numbers in place.</summary>
    /// <param name="values">The numbers.</param>
    internal delegate void SpanAction(Span<double> values);

    private const double Smoothing = 0.99;

    /// <summary>Gets or sets the optimiser steps taken.</summary>
    internal long Step { get; set; }

    /// <summary>Gets or sets the samples read, over all epochs and workers.</summary>
    internal long Samples { get; set; }

    /// <summary>Gets or sets the batches left out.</summary>
    internal long SkippedBatches { get; set; }

    /// <summary>Gets or sets the place after the last batch read.</summary>
    internal DataCursor Cursor { get; set; } = DataCursor.Start(0);

    /// <summary>Gets or sets the step of the last evaluation; 0 before.</summary>
    internal long LastEvaluatedStep { get; set; }

    /// <summary>Gets or sets a value indicating whether the run has ended.</summary>
    internal bool IsFinished { get; set; }

    /// <summary>Gets or sets a value indicating whether it ended because validation stopped improving.</summary>
    internal bool StoppedEarly { get; set; }

    /// <summary>Gets the state of the training predictions' metrics in this epoch, in histogram form: its export is exact.</summary>
    internal ClassificationMetrics Metrics { get; private set; } = new(exactLimit: 0);

    /// <summary>Gets the smoothed loss in nats per sample: an exponential mean over about 100 steps, corrected for its start; NaN before.</summary>
    internal double SmoothedLoss => LossWeight > 0 ? LossSum / LossWeight : double.NaN;

    private double LossSum { get; set; }

    private double LossWeight { get; set; }

    /// <summary>Takes the mean loss of a step.</summary>
    /// <param name="loss">Nats per sample.</param>
    internal void AddLoss(double loss)
    {
        LossSum = (Smoothing * LossSum) + ((1 - Smoothing) * loss);
        LossWeight = (Smoothing * LossWeight) + (1 - Smoothing);
    }

    /// <summary>Replaces the metrics by their sum over workers on one, and by none on the others.</summary>
    /// <param name="sum">Replaces numbers by their sums over workers.</param>
    /// <param name="keep">Whether this worker has the sum.</param>
    internal void SumMetrics(SpanAction sum, bool keep)
    {
        double[] state = new double[ClassificationMetrics.StateLength];
        Metrics.ExportState(state);
        sum(state);
        Metrics = keep ? ClassificationMetrics.FromState(state) : new(exactLimit: 0);
    }

    /// <summary>Starts the metrics of an epoch.</summary>
    internal void ClearMetrics() => Metrics = new(exactLimit: 0);

    /// <summary>Writes the state.</summary>
    /// <param name="writer">Receives it.</param>
    internal void Save(IStateWriter writer)
    {
        writer.Write(
            "trainer.counters",
            (ReadOnlySpan<long>)[Step, Samples, SkippedBatches, Cursor.Epoch, Cursor.Row, LastEvaluatedStep, IsFinished ? 1 : 0, StoppedEarly ? 1 : 0]);
        writer.Write("trainer.loss", (ReadOnlySpan<double>)[LossSum, LossWeight]);
        double[] metrics = new double[ClassificationMetrics.StateLength];
        Metrics.ExportState(metrics);
        writer.Write("trainer.metrics", metrics);
    }

    /// <summary>Reads the state.</summary>
    /// <param name="reader">Has it.</param>
    internal void Load(IStateReader reader)
    {
        long[] counters = reader.ReadIntegers("trainer.counters");
        Step = counters[0];
        Samples = counters[1];
        SkippedBatches = counters[2];
        Cursor = new DataCursor(checked((int)counters[3]), counters[4]);
        LastEvaluatedStep = counters[5];
        IsFinished = counters[6] == 1;
        StoppedEarly = counters[7] == 1;
        double[] loss = reader.ReadDoubles("trainer.loss");
        LossSum = loss[0];
        LossWeight = loss[1];
        Metrics = ClassificationMetrics.FromState(reader.ReadDoubles("trainer.metrics"));
    }
}
