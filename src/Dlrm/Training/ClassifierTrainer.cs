using System.Diagnostics;
using Dlrm.Data.Images;
using Dlrm.Embeddings;

namespace Dlrm.Training;

/// <summary>Trains a classifier on labelled images by minibatches in a seeded order.</summary>
/// <remarks>
/// <code>
/// per step: forward · loss · backward · step of every parameter with the decayed learning rate
/// low-rank weights: drawn each step; gauge moves and pruning as the rank prior's options say
/// per epoch: the fit on a fixed sample of training images, the first ones of epoch 0's order
/// </code>
/// <para>A run is a function of options, images and seed.</para>
/// </remarks>
public sealed class ClassifierTrainer : IDisposable
{
    private const double Smoothing = 0.98;
    private readonly ImageClassifier _model;
    private readonly ImageBatchSource _source;
    private readonly ClassifierLikelihoodProbe _probe;
    private readonly double[] _fitLosses;
    private readonly long _plannedSteps;
    private readonly RankSchedule _schedule;
    private readonly Parameter[] _trained;
    private readonly int _firstTrained;
    private readonly Stopwatch _rankTime = new();
    private double _smoothedLoss = double.NaN;

    /// <summary>Initializes a new instance of the <see cref="ClassifierTrainer"/> class at step 0.</summary>
    /// <param name="model">The model; its options are those of the run. Stays the caller's.</param>
    /// <param name="training">The training images.</param>
    /// <param name="isTrained">Which parameters take steps, the others are frozen; null: all.</param>
    /// <exception cref="ArgumentException">The images have another size than the model's inputs.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A label is not a class of the model.</exception>
    public ClassifierTrainer(ImageClassifier model, LabelledImages training, Func<Parameter, bool>? isTrained = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(training);
        _model = model;
        _trained = [.. model.Parameters.Where(parameter => isTrained?.Invoke(parameter) ?? true)];
        _firstTrained = model.Layers.TakeWhile(layer => !layer.Parameters.Any(_trained.Contains)).Count();
        _source = new ImageBatchSource(training, model.Options.BatchSize, model.Options.Seed);
        ImageBatchSource sample = new(training, model.Options.FitSamples, model.Options.Seed);
        sample.TryRead();
        _probe = new ClassifierLikelihoodProbe(model, sample.Inputs, sample.Labels, training.Count);
        _fitLosses = new double[_probe.Samples];
        _plannedSteps = (long)model.Options.Epochs * ((training.Count + model.Options.BatchSize - 1) / model.Options.BatchSize);
        _schedule = new RankSchedule(model.Options.RankPrior, _plannedSteps, training.Count, model.Tensors.Sum(tensor => tensor.StoredElements));
    }

    /// <summary>Gets the optimiser steps taken.</summary>
    public long Step { get; private set; }

    /// <summary>Gets the time spent in gauge moves and pruning.</summary>
    public TimeSpan RankTime => _rankTime.Elapsed;

    /// <summary>Gets the training images on which the fit is measured.</summary>
    public int FitSamples => _probe.Samples;

    /// <summary>Trains all epochs, or until cancelled.</summary>
    /// <param name="progress">Receives a report at the end of each epoch.</param>
    /// <param name="cancellation">Stops between two steps.</param>
    /// <returns>Whether the run came to its end.</returns>
    /// <exception cref="NotFiniteNumberException">The loss is not finite.</exception>
    public bool Run(IProgress<ClassifierReport>? progress = null, CancellationToken cancellation = default)
    {
        for (int epoch = 0; epoch < _model.Options.Epochs; epoch++)
        {
            double loss = 0;
            _source.Start(epoch);
            while (_source.TryRead())
            {
                if (cancellation.IsCancellationRequested)
                {
                    return false;
                }

                loss += TrainOnBatch();
            }

            _model.UseMeans();
            _probe.Measure(_fitLosses);
            progress?.Report(new ClassifierReport(epoch + 1, Step, loss / _source.Count, _fitLosses.Average()));
        }

        return true;
    }

    /// <inheritdoc/>
    public void Dispose() => _probe.Dispose();

    /// <summary>Takes one step on the source's batch.</summary>
    /// <returns>The summed loss before the step, in nats.</returns>
    private double TrainOnBatch()
    {
        long step = Step + 1;
        _model.BeginStep(RandomPurposes.Draws(_model.Options.Seed, step));
        _model.Forward(_source.Inputs, _source.Labels);
        double loss = _model.Loss();
        if (!double.IsFinite(loss))
        {
            throw new NotFiniteNumberException($"The loss is {loss} at step {step}: lower the learning rate, optimizer.learningRate.", loss);
        }

        _model.ClearGradients();
        _model.Backward(_firstTrained);
        StepContext context = new()
        {
            Step = step,
            LearningRateFactor = LearningRateSchedule.Factor(_model.Options, step, _plannedSteps),
            GradientScale = 1,
            KlWeight = _schedule.KlWeight(step) / _source.Count,
            BatchSize = _source.Labels.Length,
        };
        foreach (Parameter parameter in _trained)
        {
            parameter.Step(context);
        }

        Step = step;
        double meanLoss = loss / _source.Labels.Length;
        _smoothedLoss = double.IsNaN(_smoothedLoss) ? meanLoss : (Smoothing * _smoothedLoss) + ((1 - Smoothing) * meanLoss);
        _rankTime.Start();
        RankEvents.Run(_model.Tensors, _schedule, _model.Options.RankPrior.PruneRule, step, _smoothedLoss, () => _probe);
        _rankTime.Stop();
        return loss;
    }
}
