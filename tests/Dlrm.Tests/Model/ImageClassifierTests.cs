using Dlrm.Data.Images;
using Dlrm.Embeddings;
using Dlrm.Numerics;
using Dlrm.Numerics.Cpu;
using Dlrm.Tests.Support;

namespace Dlrm.Tests.Model;

public sealed class ImageClassifierTests : IDisposable
{
    private static readonly ClassifierOptions Options = new() { Hidden = [7, 5], Seed = 3 };

    private readonly CpuDevice _device = new(2);

    public void Dispose() => _device.Dispose();

    [Fact]
    public void Backward_EveryParameter_AgreesWithCentralDifferences()
    {
        using ImageClassifier model = new(_device, Options with { Hidden = [7] }, SmallImages.Pixels, SmallImages.Classes);

        // Units far on one side of ReLU's bend: differences across it would not be derivatives.
        ((DenseParameter)model.Parameters[1]).Value.CopyFrom([4, -4, 4, -4, 4, 4, 4]);
        ImageBatchSource source = new(SmallImages.Make(20, 1), 20, seed: null);
        source.TryRead();
        model.Forward(source.Inputs, source.Labels);
        model.Loss();
        model.ClearGradients();
        model.Backward();

        Assert.Equal(["fc.0.weight", "fc.0.bias", "fc.1.weight", "fc.1.bias"], model.Parameters.Select(parameter => parameter.Name));
        foreach (DenseParameter parameter in model.Parameters.Cast<DenseParameter>())
        {
            float[] values = parameter.Value.ToArray();
            float[] gradient = parameter.Gradient.ToArray();
            Assert.Contains(gradient, value => Math.Abs(value) > 1e-3);
            for (int i = 0; i < values.Length; i++)
            {
                // Curvature times 2⁻⁸ squared, and the rounding of float logits over 2⁻⁷.
                (float up, float down) = (values[i] + (1f / 256), values[i] - (1f / 256));
                double difference = (MeanLoss(up) - MeanLoss(down)) / ((double)up - down);
                Assert.InRange(gradient[i], difference - 1e-4, difference + 1e-4);
                parameter.Value.CopyFrom([values[i]], i);

                double MeanLoss(float value)
                {
                    parameter.Value.CopyFrom([value], i);
                    model.Forward(source.Inputs, source.Labels);
                    return model.Loss() / model.Samples;
                }
            }
        }
    }

    [Fact]
    public void Forward_AnyBatch_CountsWhatItsLogitsSay()
    {
        using ImageClassifier model = new(_device, Options, SmallImages.Pixels, SmallImages.Classes);
        ImageBatchSource source = new(SmallImages.Make(50, 2), 30, seed: null);
        foreach (int samples in (int[])[30, 20])
        {
            Assert.True(source.TryRead());
            model.Forward(source.Inputs, source.Labels);
            float[] logits = new float[samples * SmallImages.Classes];
            model.CopyLogits(logits);
            int[] labels = source.Labels.ToArray();
            int expected = labels.Index().Count(sample => logits.Skip(sample.Index * SmallImages.Classes).Take(SmallImages.Classes).Index().MaxBy(pair => pair.Item).Index == sample.Item);
            Assert.Equal(expected, model.CountCorrect());
            Assert.Equal(samples, model.Samples);
        }
    }

    [Fact]
    public void StoredElements_OfAnMlp_AreWeightsAndBiases()
    {
        using ImageClassifier model = new(_device, new ClassifierOptions(), 784, 10);
        Assert.Equal((784 * 512) + 512 + (512 * 10) + 10, model.StoredElements);
    }

    [Fact]
    public void Forward_WrongSizes_SayTheNumbers()
    {
        using ImageClassifier model = new(_device, Options, SmallImages.Pixels, SmallImages.Classes);
        Assert.Contains("2 samples of 12 inputs need 24 numbers", Assert.Throws<ArgumentException>(() => model.Forward(new float[23], [0, 1])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => model.Forward([], []));
        model.Forward(new float[24], [0, 3]);
        Assert.Contains("label of sample 1 is 3", Assert.Throws<ArgumentOutOfRangeException>(() => model.Loss()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_Defaults_ArePinned()
    {
        ClassifierOptions options = new();
        Assert.Equal([512], options.Hidden.Sizes);
        Assert.Equal((OptimizerKind.Adam, 0.001), (options.Optimizer.Kind, options.Optimizer.LearningRate));
        Assert.Equal((128, 10, 4096, 1UL), (options.BatchSize, options.Epochs, options.FitSamples, options.Seed));
        Assert.Equal((LearningRateDecay.None, 0.0, 0.0), (options.Decay, options.DecayStart, options.FinalLearningRateFactor));
        Assert.Empty(options.Problems("classifier"));
    }

    [Fact]
    public void Options_OutOfRange_AreAllListed()
    {
        ClassifierOptions options = new() { Hidden = [0], BatchSize = 0, Epochs = 0, FitSamples = 0, DecayStart = 1, FinalLearningRateFactor = -1, Optimizer = new() { LearningRate = 0 } };
        string message = Assert.Throws<OptionsException>(() => new ImageClassifier(_device, options, 4, 2)).Message;
        Assert.All((string[])["hidden is [0]", "batchSize is 0", "epochs is 0", "fitSamples is 0", "decayStart is 1", "finalLearningRateFactor is -1", "optimizer.learningRate is 0"], word => Assert.Contains("classifier." + word, message, StringComparison.Ordinal));
    }
}
