using Dlrm.CommandLine.Hosting;
using Dlrm.Embeddings;
using Dlrm.Numerics;

namespace Dlrm.CommandLine.Experiments;

/// <summary>A net of the experiment "adtn": it is trained dense, its large weights are fitted by ADTNs and their controls, and those are trained on the task.</summary>
internal sealed record AdtnPlan
{
    /// <summary>The name of the experiment of all nets.</summary>
    internal const string Collected = "adtn";

    private static readonly OptimizerOptions Adam = new() { Kind = OptimizerKind.Adam, LearningRate = 0.001 };

    /// <summary>Gets the names of the nets.</summary>
    internal static IReadOnlyList<string> Names => [.. Nets.Select(static net => net.Name)];

    /// <summary>Gets the name of the experiment of this net alone.</summary>
    public string Name { get; init; } = string.Empty;

    /// <summary>Gets the heading.</summary>
    public string Title { get; init; } = string.Empty;

    /// <summary>Gets the folder of labelled images below the folder of shared data.</summary>
    public string Images { get; init; } = "mnist";

    /// <summary>Gets the last training images that are kept out of training and take the place of the test images, for tuning; 0: none.</summary>
    public int ValidationImages { get; init; }

    /// <summary>Gets the options of the dense classifier and its training.</summary>
    public ClassifierOptions Dense { get; init; } = new();

    /// <summary>Gets the entries up to which a fully connected weight stays dense; convolutions stay dense.</summary>
    public long CompressAbove { get; init; } = 10_000;

    /// <summary>Gets the start of the gates.</summary>
    public AdtnStart Start { get; init; }

    /// <summary>Gets the slope of the leaky ReLU between the layers of an ADTN.</summary>
    public float Slope { get; init; } = AdtnShape.DefaultSlope;

    /// <summary>Gets the steps of the fit to the dense weights.</summary>
    public int FitSteps { get; init; } = 300;

    /// <summary>Gets the optimiser of the fit.</summary>
    public OptimizerOptions FitOptimizer { get; init; } = Adam with { LearningRate = 0.005 };

    /// <summary>Gets a value indicating whether fitted weights are scaled to the norms of the dense ones before training on the task: a poor fit is a small one.</summary>
    public bool ScaleBeforeTraining { get; init; } = true;

    /// <summary>Gets the passes over the images in training on the task.</summary>
    public int Epochs { get; init; } = 2;

    /// <summary>Gets the samples of a batch in training on the task.</summary>
    public int BatchSize { get; init; } = 100;

    /// <summary>Gets the optimiser of gates and cores in training on the task.</summary>
    public OptimizerOptions Optimizer { get; init; } = Adam with { LearningRate = 0.03 };

    /// <summary>Gets the optimiser of everything else in training on the task.</summary>
    public OptimizerOptions OtherOptimizer { get; init; } = Adam with { LearningRate = 0.003 };

    /// <summary>Gets the seeds.</summary>
    public IReadOnlyList<ulong> Seeds { get; init; } = [1, 2, 3];

    /// <summary>Gets the rows of the table.</summary>
    public IReadOnlyList<AdtnVariant> Variants { get; init; } =
    [
        new() { Name = "dense", Label = "dense, trained as long", Kind = AdtnWeightKind.Dense, LearningRate = 0.001 },
        new() { Name = "adtn-1", Label = "ADTN, M = 1", Kind = AdtnWeightKind.Adtn, Size = 1 },
        new() { Name = "adtn-2", Label = "ADTN, M = 2", Kind = AdtnWeightKind.Adtn, Size = 2 },
        new() { Name = "adtn-3", Label = "ADTN, M = 3", Kind = AdtnWeightKind.Adtn, Size = 3 },
        new() { Name = "qtt-4", Label = "QTT, ranks ≤ 4", Kind = AdtnWeightKind.Qtt, Size = 4, LearningRate = 0.01 },
        new() { Name = "rank-1", Label = "matrices of rank 1", Kind = AdtnWeightKind.LowRank, Size = 1, LearningRate = 0.01 },
        new() { Name = "random", Label = "random, not trained", Kind = AdtnWeightKind.Random },
    ];

    private static AdtnPlan[] Nets =>
    [
        new()
        {
            Name = "adtn-fc2",
            Title = "FC-2 on MNIST: 784-512-10",
            Dense = new() { Hidden = [512], Decay = LearningRateDecay.Linear, Epochs = 5 },
        },
        new()
        {
            Name = "adtn-lenet5",
            Title = "LeNet-5 on MNIST: two convolutions, 400-120-84-10",
            Dense = new()
            {
                Image = new ImageShape(28, 28, 1),
                Convolutions = [new() { Channels = 6, Kernel = 5, Padding = 2 }, new() { Channels = 16, Kernel = 5, Padding = 0 }],
                Hidden = [120, 84],
                Decay = LearningRateDecay.Linear,
                FitSamples = 256,
                Epochs = 3,
            },
        },
        new()
        {
            Name = "adtn-vgg",
            Title = "A small net in the style of VGG on 10,000 images of CIFAR-10: three convolutions, 1024-512-512-10",
            Images = "cifar10-subset",
            Dense = new()
            {
                Image = new ImageShape(32, 32, 3),
                Convolutions = [new() { Channels = 16 }, new() { Channels = 32 }, new() { Channels = 64 }],
                Hidden = [512, 512],
                Decay = LearningRateDecay.Linear,
                FitSamples = 256,
                BatchSize = 64,
                Epochs = 8,
            },
            Epochs = 3,
            BatchSize = 64,
        },
    ];

    /// <summary>Finds the plan of one net.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <returns>The plan.</returns>
    internal static AdtnPlan Of(string name) => Nets.Single(net => net.Name == name);

    /// <summary>Checks every field.</summary>
    /// <exception cref="UsageException">One is out of range.</exception>
    internal void Validate()
    {
        bool isGood = FitSteps > 0 && Epochs > 0 && BatchSize > 0 && ValidationImages >= 0 && CompressAbove >= 0 && Slope >= 0 && Slope <= 1 && Seeds.Count > 0 && Variants.Count > 0
            && Variants.All(static variant => variant.Size > 0 && variant.LearningRate is null or > 0);
        if (!isGood || FitOptimizer.Problems("fitOptimizer").Concat(Optimizer.Problems("optimizer")).Concat(OtherOptimizer.Problems("otherOptimizer")).Any())
        {
            throw new UsageException(
                "adtn needs fitSteps, epochs and batchSize above 0, validationImages and compressAbove of 0 or above, a slope in [0, 1], seeds, variants of a size above 0, and learning rates above 0.");
        }

        Dense.Validate();
        if (Dense.Hidden.Format is not null)
        {
            throw new UsageException("adtn compresses dense weights: dense.hidden is a list of sizes.");
        }
    }
}
