using Dlrm.CommandLine.Hosting;
using Dlrm.Embeddings;

namespace Dlrm.CommandLine.Experiments;

/// <summary>The experiment "adtn": a classifier is trained dense, its weights are fitted by ADTNs and their controls, and those are trained on the task.</summary>
internal sealed record AdtnPlan
{
    /// <summary>The name of the experiment.</summary>
    internal const string Name = "adtn";

    /// <summary>Gets the folder of labelled images below the folder of shared data.</summary>
    public string Images { get; init; } = "mnist";

    /// <summary>Gets the options of the dense classifier and its training.</summary>
    public ClassifierOptions Dense { get; init; } = new() { Decay = LearningRateDecay.Linear };

    /// <summary>Gets the last training images that are kept out of training and take the place of the test images, for tuning; 0: none.</summary>
    public int ValidationImages { get; init; }

    /// <summary>Gets the start of the gates.</summary>
    public AdtnStart Start { get; init; }

    /// <summary>Gets the deviation of the gates' entries around the identity.</summary>
    public double StartDeviation { get; init; } = 0.5;

    /// <summary>Gets the steps of the fit to the dense weights.</summary>
    public int FitSteps { get; init; } = 200;

    /// <summary>Gets the optimiser of the fit.</summary>
    public OptimizerOptions FitOptimizer { get; init; } = new() { Kind = OptimizerKind.Adam, LearningRate = 0.02 };

    /// <summary>Gets a value indicating whether fitted weights are scaled to the norms of the dense ones before training on the task: a poor fit is a small one.</summary>
    public bool ScaleBeforeTraining { get; init; } = true;

    /// <summary>Gets the passes over the images in training on the task.</summary>
    public int Epochs { get; init; } = 2;

    /// <summary>Gets the samples of a batch in training on the task: larger than for the dense net, because the weight is rebuilt once a step.</summary>
    public int BatchSize { get; init; } = 256;

    /// <summary>Gets the optimiser of gates and cores in training on the task.</summary>
    public OptimizerOptions Optimizer { get; init; } = new() { Kind = OptimizerKind.Adam, LearningRate = 0.03 };

    /// <summary>Gets the optimiser of everything else in training on the task.</summary>
    public OptimizerOptions OtherOptimizer { get; init; } = new() { Kind = OptimizerKind.Adam, LearningRate = 0.001 };

    /// <summary>Gets the slope of the leaky ReLU between the layers of an ADTN.</summary>
    public float Slope { get; init; } = AdtnShape.DefaultSlope;

    /// <summary>Gets the seeds.</summary>
    public IReadOnlyList<ulong> Seeds { get; init; } = [1, 2, 3];

    /// <summary>Gets the rows of the table.</summary>
    public IReadOnlyList<AdtnVariant> Variants { get; init; } =
    [
        new() { Name = "adtn-1", Label = "ADTN, M = 1", Kind = AdtnWeightKind.Adtn, Size = 1 },
        new() { Name = "adtn-2", Label = "ADTN, M = 2", Kind = AdtnWeightKind.Adtn, Size = 2 },
        new() { Name = "adtn-3", Label = "ADTN, M = 3", Kind = AdtnWeightKind.Adtn, Size = 3 },
        new() { Name = "qtt-2", Label = "QTT, ranks ≤ 2", Kind = AdtnWeightKind.Qtt, Size = 2 },
        new() { Name = "qtt-4", Label = "QTT, ranks ≤ 4", Kind = AdtnWeightKind.Qtt, Size = 4 },
        new() { Name = "rank-1", Label = "matrices of rank 1", Kind = AdtnWeightKind.LowRank, Size = 1 },
    ];

    /// <summary>Checks every field.</summary>
    /// <exception cref="UsageException">One is out of range.</exception>
    internal void Validate()
    {
        bool isGood = FitSteps > 0 && Epochs > 0 && BatchSize > 0 && Seeds.Count > 0 && Variants.Count > 0 && Variants.All(variant => variant.Size > 0);
        if (!isGood || FitOptimizer.Problems("fitOptimizer").Concat(Optimizer.Problems("optimizer")).Any())
        {
            throw new UsageException("adtn needs fitSteps, epochs and batchSize above 0, seeds, variants of a size above 0, and optimisers with a learning rate above 0.");
        }

        Dense.Validate();
        if (Dense.Hidden.Format is not null)
        {
            throw new UsageException("adtn compresses dense weights: dense.hidden is a list of sizes.");
        }
    }
}
