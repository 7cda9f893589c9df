using System.Text.Json.Serialization;
using Dlrm.Embeddings;
using Dlrm.Numerics;

namespace Dlrm;

/// <summary>The sizes of an image classifier and how it is trained.</summary>
public sealed record ClassifierOptions
{
    /// <summary>Gets the height, width and channels of an image; null: only their product matters, there are no convolutions.</summary>
    /// <value>The default is null.</value>
    public ImageShape? Image { get; init; }

    /// <summary>Gets the convolutions before the fully connected layers; they need <see cref="Image"/>.</summary>
    /// <value>The default is none.</value>
    public IReadOnlyList<ConvolutionOptions> Convolutions { get; init; } = [];

    /// <summary>Gets the outputs of each hidden layer; a last layer with one output a class follows.</summary>
    /// <value>The default is 512.</value>
    [JsonConverter(typeof(MlpOptionsConverter))]
    public MlpOptions Hidden { get; init; } = [512];

    /// <summary>Gets the optimiser of the factors of low-rank weights.</summary>
    /// <value>The default is Adam 0.005.</value>
    public OptimizerOptions FactorOptimizer { get; init; } = new() { Kind = OptimizerKind.Adam, LearningRate = 0.005 };

    /// <summary>Gets the prior of low-rank weights.</summary>
    public RankPriorOptions RankPrior { get; init; } = new();

    /// <summary>Gets the optimiser of weights and biases.</summary>
    /// <value>The default is Adam at 0.001.</value>
    public OptimizerOptions Optimizer { get; init; } = new() { Kind = OptimizerKind.Adam, LearningRate = 0.001 };

    /// <summary>Gets how the learning rate falls.</summary>
    /// <value>The default is None.</value>
    public LearningRateDecay Decay { get; init; } = LearningRateDecay.None;

    /// <summary>Gets the fraction of the run after which the learning rate falls.</summary>
    /// <value>The default is 0.</value>
    public double DecayStart { get; init; }

    /// <summary>Gets the factor of the learning rate at the end of the run, when there is decay.</summary>
    /// <value>The default is 0.</value>
    public double FinalLearningRateFactor { get; init; }

    /// <summary>Gets the samples of a batch.</summary>
    /// <value>The default is 128.</value>
    public int BatchSize { get; init; } = 128;

    /// <summary>Gets the passes over the training data.</summary>
    /// <value>The default is 10.</value>
    public int Epochs { get; init; } = 10;

    /// <summary>Gets the training samples on which the fit is measured without the noise of batches.</summary>
    /// <value>The default is 4096.</value>
    public int FitSamples { get; init; } = 4096;

    /// <summary>Gets the seed of everything random in the run: initial weights and the orders of the epochs.</summary>
    /// <value>The default is 1.</value>
    public ulong Seed { get; init; } = 1;

    /// <summary>Lists every field that is out of range.</summary>
    /// <param name="path">The place of these options, for the messages.</param>
    /// <returns>One sentence for each.</returns>
    public IEnumerable<string> Problems(string path)
    {
        foreach (string problem in ConvolutionProblems(path).Concat(Hidden.Problems($"{path}.hidden")))
        {
            yield return problem;
        }

        if (BatchSize is < 1 or > 65536)
        {
            yield return $"{path}.batchSize is {BatchSize}; it must be in [1, 65536].";
        }

        if (Epochs < 1)
        {
            yield return $"{path}.epochs is {Epochs}; it must be at least 1.";
        }

        if (FitSamples is < 1 or > 65536)
        {
            yield return $"{path}.fitSamples is {FitSamples}; it must be in [1, 65536].";
        }

        if (DecayStart is not (>= 0 and < 1))
        {
            yield return $"{path}.decayStart is {DecayStart}; it must be in [0, 1).";
        }

        if (FinalLearningRateFactor is not (>= 0 and <= 1))
        {
            yield return $"{path}.finalLearningRateFactor is {FinalLearningRateFactor}; it must be in [0, 1].";
        }

        foreach (string problem in Optimizer.Problems($"{path}.optimizer").Concat(FactorOptimizer.Problems($"{path}.factorOptimizer")).Concat(RankPrior.Problems($"{path}.rankPrior")))
        {
            yield return problem;
        }
    }

    /// <summary>Checks every field.</summary>
    /// <exception cref="OptionsException">Lists every field that is out of range.</exception>
    public void Validate()
    {
        string[] problems = [.. Problems("classifier")];
        if (problems.Length > 0)
        {
            throw new OptionsException(problems);
        }
    }

    private string[] ConvolutionProblems(string path)
    {
        if (Image is not ImageShape shape)
        {
            return Convolutions.Count == 0 ? [] : [$"{path}.convolutions needs {path}.image, the height, width and channels of an image."];
        }

        if (shape.Height is < 1 or > 4096 || shape.Width is < 1 or > 4096 || shape.Channels is < 1 or > 4096)
        {
            return [$"{path}.image is {shape}; each must be in [1, 4096]."];
        }

        for (int k = 0; k < Convolutions.Count; k++)
        {
            string[] problems = [.. ConvolutionLayer.Problems(shape, Convolutions[k], $"{path}.convolutions[{k}]")];
            if (problems.Length > 0)
            {
                return problems;
            }

            shape = shape.Convolved(Convolutions[k].Kernel, Convolutions[k].Padding, Convolutions[k].Channels).Pooled(Convolutions[k].Pool);
        }

        return [];
    }
}
