using Dlrm.Data;
using Dlrm.Distributed;
using Dlrm.Embeddings;
using Dlrm.Numerics;

namespace Dlrm.Training;

/// <content>One step: what the workers agree on before it, and what each does of it.</content>
public sealed partial class Trainer
{
    /// <summary>Counts the samples and steps of an epoch over all workers: the longest shard says when it ends.</summary>
    private (long Samples, long Steps) CountSamples()
    {
        double[] samples = new double[_communicator.WorldSize];
        samples[_communicator.Rank] = _training.Samples;
        _communicator.AllReduceSum(samples);
        return ((long)samples.Sum(), (long)samples.Max(count => Math.Ceiling(count / _share.BatchSize)));
    }

    /// <summary>Notes what this worker does now.</summary>
    private void Enter(string activity)
    {
        Activity = activity;
        Volatile.Write(ref _progress, _progress + 1);
    }

    private void Seek(DataCursor cursor)
    {
        bool isShard = _communicator.WorldSize > 1 && _training.Sharing == RowSharing.Shards;
        long row = isShard ? Math.Min(cursor.Row / _communicator.WorldSize, _training.Samples) : Math.Min(cursor.Row, _trainingSamples);
        _training.Seek(cursor with { Row = row });
    }

    /// <summary>Reads this worker's part of the next batch and agrees with the others on what happens to it.</summary>
    private StepPlan NextStep(bool isStopRequested)
    {
        Enter("reading the training data");
        Batch? batch = !isStopRequested && _training.TryRead(out Batch read) ? read : null;
        string? problem = batch is null || batch.Size == 0 ? null : BatchGuard.Problem(batch);
        _agreement[0] = batch is null ? 0 : 1;
        _agreement[1] = batch?.Size ?? 0;
        _agreement[2] = problem is null ? 0 : 1;
        _agreement[3] = isStopRequested ? 1 : 0;
        Enter("waiting for the other workers before the next step");
        _communicator.AllReduceSum(_agreement);
        return new StepPlan(batch, (int)_agreement[1], problem, _agreement[0] > 0, _agreement[2] > 0, _agreement[3] > 0);
    }

    /// <summary>Reads the sample of the rank controller again for a run that goes on; the source stands somewhere else afterwards.</summary>
    private void ReadSample()
    {
        if (!_ranks.WantsSample)
        {
            return;
        }

        _ranks.ForgetSample();
        Seek(DataCursor.Start(0));
        while (_ranks.WantsSample)
        {
            StepPlan plan = NextStep(isStopRequested: false);
            if (!plan.HasMore)
            {
                return;
            }

            if (!plan.IsSpoiled)
            {
                _ranks.Observe(plan.Batch);
            }
        }
    }

    /// <summary>Takes one step on a batch.</summary>
    /// <returns>False when the batch was left out.</returns>
    private bool TrainOn(StepPlan plan)
    {
        bool isShared = _communicator.WorldSize > 1 && _training.Sharing == RowSharing.Shards;
        _state.Cursor = isShared ? _state.Cursor with { Row = _state.Cursor.Row + _options.BatchSize } : _training.Cursor;
        _state.Samples += plan.Samples;
        if (plan.IsSpoiled)
        {
            return LeftOut(plan.Problem is null ? null : new DataFormatException($"Training: {plan.Problem} Convert the data again, or set training.nonFinite to skip."));
        }

        if (_state.Cursor.Epoch == 0)
        {
            _ranks.Observe(plan.Batch);
        }

        long step = _state.Step + 1;
        Batch? batch = plan.Batch is { Size: > 0 } own ? own : null;
        _model.BeginStep(RandomPurposes.Draws(_options.Seed, step), _share.FirstDraw, _share.Draws, _share.AllDraws);
        _exchange?.Begin();
        double loss = 0;
        if (batch is not null)
        {
            Enter("computing the forward pass");
            _model.Forward(batch);
            loss = _model.Loss(plan.Samples);
        }
        else
        {
            _model.ServeForward();
        }

        if (_exchange is null && !double.IsFinite(loss))
        {
            return LeftOut(NotFinite(batch!, loss, step));
        }

        _model.ClearGradients();
        if (_exchange is null)
        {
            _model.Backward();
        }
        else if (Exchange(batch, step, ref loss) is false)
        {
            return false;
        }

        double squares = 0;
        foreach (Parameter parameter in _model.Parameters)
        {
            double sum = parameter.GradientSumOfSquares();
            squares += sum;
            if (!double.IsFinite(sum))
            {
                return LeftOut(new NotFiniteNumberException(
                    $"The gradient of '{parameter.Name}' is not finite at step {step}{Place(batch)}: lower the learning rate, or set training.nonFinite to skip.", sum));
            }
        }

        _gradientNorm = Math.Sqrt(squares);
        StepContext context = new()
        {
            Step = step,
            LearningRateFactor = LearningRateSchedule.Factor(_options, step, PlannedSteps),
            GradientScale = _options.GradientClipNorm > 0 && _gradientNorm > _options.GradientClipNorm ? (float)(_options.GradientClipNorm / _gradientNorm) : 1,
            KlWeight = _ranks.KlWeight(step) / _trainingSamples,
            BatchSize = plan.Samples,
        };
        foreach (Parameter parameter in _model.Parameters)
        {
            parameter.Step(context);
        }

        _state.Step = step;
        _state.AddLoss(loss / plan.Samples);
        if (batch is not null)
        {
            AddMetrics(batch);
        }

        return true;
    }

    /// <summary>Computes this worker's gradients and sums them and the loss over all workers.</summary>
    /// <returns>False when the batch is left out.</returns>
    private bool Exchange(Batch? batch, long step, ref double loss)
    {
        Enter("computing the backward pass and waiting for the other workers' gradients");
        _exchange!.Backward(batch is not null);
        Span<double> sums = [double.IsFinite(loss) ? loss : 0, double.IsFinite(loss) ? 0 : 1];
        _communicator.AllReduceSum(sums);
        if (sums[1] > 0)
        {
            return LeftOut(double.IsFinite(loss) ? null : NotFinite(batch!, loss, step));
        }

        loss = sums[0];
        return true;
    }

    private NotFiniteNumberException NotFinite(Batch batch, double loss, long step) => new(
        $"The loss is {loss} at step {step}, first in sample {FirstNonFinite(batch)} of the epoch: lower the learning rate, or set training.gradientClipNorm.", loss);

    private string Place(Batch? batch) =>
        _exchange is not null || batch is null ? string.Empty : $", samples {batch.FirstSample} to {batch.FirstSample + batch.Size - 1} of the epoch";

    /// <summary>Leaves a batch out, when the policy allows.</summary>
    /// <param name="reason">Why; null when another worker found it.</param>
    private bool LeftOut(Exception? reason)
    {
        if (_options.NonFinite == NonFinitePolicy.Fail)
        {
            if (reason is null)
            {
                // The worker that knows why ends the job with its message.
                Enter("waiting for a worker with a batch that can't be used");
                _communicator.Barrier();
            }

            throw reason ?? new CommunicationException("Another worker has a batch that can't be used; its message says why.");
        }

        _state.SkippedBatches++;
        return false;
    }

    private long FirstNonFinite(Batch batch)
    {
        float[] logits = new float[batch.Size];
        _model.CopyLogits(logits);
        return batch.FirstSample + Math.Max(0, Array.FindIndex(logits, logit => !float.IsFinite(logit)));
    }

    private void AddMetrics(Batch batch)
    {
        if (_probabilities.Length < batch.Size)
        {
            _probabilities = new float[batch.Size];
        }

        Span<float> probabilities = _probabilities.AsSpan(0, batch.Size);
        _model.CopyProbabilities(probabilities);
        _state.Metrics.Add(probabilities, batch.Labels);
    }

    /// <summary>Moves the metrics of the training predictions to worker 0, which reports and saves them; their sum over workers stays what it is.</summary>
    private void GatherMetrics()
    {
        if (_communicator.WorldSize > 1)
        {
            Enter("waiting for the other workers' metrics");
            _state.SumMetrics(_communicator.AllReduceSum, keep: _communicator.Rank == 0);
        }
    }

    /// <summary>What the workers do next, the same on each but for batch and problem.</summary>
    /// <param name="Batch">This worker's samples, maybe none; null when it has no more in this epoch.</param>
    /// <param name="Samples">The samples of all workers.</param>
    /// <param name="Problem">What is wrong with this worker's samples, or null.</param>
    /// <param name="HasMore">Whether any worker has more in this epoch.</param>
    /// <param name="IsSpoiled">Whether something is wrong with any worker's samples.</param>
    /// <param name="IsStopped">Whether any worker was asked to stop.</param>
    private readonly record struct StepPlan(Batch? Batch, int Samples, string? Problem, bool HasMore, bool IsSpoiled, bool IsStopped);
}
