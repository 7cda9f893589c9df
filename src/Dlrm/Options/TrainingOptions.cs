using Dlrm.Embeddings;

namespace Dlrm;

/// <summary>How a model is trained.</summary>
public sealed record TrainingOptions
{
    /// <summary>Gets the seed of everything random in the run: initial weights and posterior draws.</summary>
    /// <value>The default is 1.</value>
    public ulong Seed { get; init; } = 1;

    /// <summary>Gets the samples of a batch, over all workers: each takes an equal part of it.</summary>
    /// <value>The default is 128.</value>
    public int BatchSize { get; init; } = 128;

    /// <summary>Gets the passes over the training data.</summary>
    /// <value>The default is 1.</value>
    public int Epochs { get; init; } = 1;

    /// <summary>Gets the optimiser of weights and biases of both MLPs.</summary>
    /// <value>The default is Adagrad at 0.01.</value>
    public OptimizerOptions MlpOptimizer { get; init; } = new() { Kind = OptimizerKind.Adagrad, LearningRate = 0.01 };

    /// <summary>Gets the optimiser of tables that store rows.</summary>
    /// <value>The default is Adagrad at 0.02.</value>
    public OptimizerOptions TableOptimizer { get; init; } = new() { Kind = OptimizerKind.Adagrad, LearningRate = 0.02 };

    /// <summary>Gets the optimiser of TT cores.</summary>
    /// <value>The default is Adam at 0.005.</value>
    public OptimizerOptions FactorOptimizer { get; init; } = new() { Kind = OptimizerKind.Adam, LearningRate = 0.005 };

    /// <summary>Gets the first steps, over which the learning rate rises linearly from 0.</summary>
    /// <value>The default is 0.</value>
    public int WarmupSteps { get; init; }

    /// <summary>Gets how the learning rate falls.</summary>
    /// <value>The default is None.</value>
    public LearningRateDecay Decay { get; init; } = LearningRateDecay.None;

    /// <summary>Gets the fraction of the run after which the learning rate falls.</summary>
    /// <value>The default is 0.</value>
    public double DecayStart { get; init; }

    /// <summary>Gets the factor of the learning rate at the end of the run, when there is decay.</summary>
    /// <value>The default is 0.</value>
    public double FinalLearningRateFactor { get; init; }

    /// <summary>Gets the largest norm of the whole gradient, to which a larger one is scaled down; 0: no limit.</summary>
    /// <value>The default is 0.</value>
    public double GradientClipNorm { get; init; }

    /// <summary>Gets the steps between two evaluations on the validation data, besides that at the end of each epoch; 0: none besides.</summary>
    /// <value>The default is 0.</value>
    public int EvaluateEvery { get; init; }

    /// <summary>Gets the evaluations without improvement after which training stops and the best state is restored; 0: never.</summary>
    /// <value>The default is 0.</value>
    public int Patience { get; init; }

    /// <summary>Gets what early stopping watches.</summary>
    /// <value>The default is Auc.</value>
    public StoppingMetric StoppingMetric { get; init; } = StoppingMetric.Auc;

    /// <summary>Gets the last fraction of the run, in which β is 0 and ranks no longer change. Other fractions of the rank prior refer to the part before it.</summary>
    /// <value>The default is 0.</value>
    public double FineTuneFraction { get; init; }

    /// <summary>Gets S, the fixed pieces of a batch that each have a posterior draw of their own, over all workers; 0: one for each worker. S or the number of workers divides the other.</summary>
    /// <value>The default is 0.</value>
    public int DrawsPerStep { get; init; }

    /// <summary>Gets what happens to a batch with NaN or infinite numbers.</summary>
    /// <value>The default is Fail.</value>
    public NonFinitePolicy NonFinite { get; init; } = NonFinitePolicy.Fail;

    /// <summary>Gets the steps between two progress reports.</summary>
    /// <value>The default is 100.</value>
    public int ReportEvery { get; init; } = 100;

    /// <summary>Gets the steps between two checkpoints; 0: none while training.</summary>
    /// <value>The default is 0.</value>
    public int CheckpointEvery { get; init; }

    /// <summary>Gets the threads of each worker's CPU device; 0: the processors shared out among the workers of the machine, which the host finds out.</summary>
    /// <value>The default is 0.</value>
    public int Threads { get; init; }

    /// <summary>Lists every field that is out of range.</summary>
    /// <param name="path">The place of these options, for the messages.</param>
    /// <returns>One sentence for each.</returns>
    public IEnumerable<string> Problems(string path)
    {
        (string Name, double Value, bool IsGood, string Range)[] fields =
        [
            ("batchSize", BatchSize, BatchSize is >= 1 and <= 1 << 24, "in [1, 16777216]"),
            ("epochs", Epochs, Epochs >= 1, "at least 1"),
            ("warmupSteps", WarmupSteps, WarmupSteps >= 0, "0 or above"),
            ("decayStart", DecayStart, DecayStart is >= 0 and < 1, "in [0, 1)"),
            ("finalLearningRateFactor", FinalLearningRateFactor, FinalLearningRateFactor is >= 0 and <= 1, "in [0, 1]"),
            ("gradientClipNorm", GradientClipNorm, double.IsFinite(GradientClipNorm) && GradientClipNorm >= 0, "0 or above"),
            ("evaluateEvery", EvaluateEvery, EvaluateEvery >= 0, "0 or above"),
            ("patience", Patience, Patience >= 0, "0 or above"),
            ("fineTuneFraction", FineTuneFraction, FineTuneFraction is >= 0 and < 1, "in [0, 1)"),
            ("drawsPerStep", DrawsPerStep, DrawsPerStep is >= 0 and <= 1024, "in [0, 1024]"),
            ("reportEvery", ReportEvery, ReportEvery >= 1, "at least 1"),
            ("checkpointEvery", CheckpointEvery, CheckpointEvery >= 0, "0 or above"),
            ("threads", Threads, Threads is >= 0 and <= 1024, "in [0, 1024]"),
        ];
        return fields.Where(field => !field.IsGood)
            .Select(field => $"{path}.{field.Name} is {field.Value}; it must be {field.Range}.")
            .Concat(MlpOptimizer.Problems($"{path}.mlpOptimizer"))
            .Concat(TableOptimizer.Problems($"{path}.tableOptimizer"))
            .Concat(FactorOptimizer.Problems($"{path}.factorOptimizer"));
    }
}
