using Dlrm.Data.Images;
using Dlrm.Embeddings;
using Dlrm.Numerics;
using Dlrm.Numerics.Cpu;
using Dlrm.Training;

namespace Dlrm.Tests.Model;

/// <summary>Classifiers that start with convolutions, on images whose class is the direction of a short line anywhere.</summary>
public sealed class ConvolutionClassifierTests : IDisposable
{
    private const int Side = 8;
    private static readonly ClassifierOptions Options = new()
    {
        Image = new ImageShape(Side, Side, 1),
        Convolutions = [new ConvolutionOptions { Channels = 4 }, new ConvolutionOptions { Channels = 6, Kernel = 3, Padding = 1, Pool = 4 }],
        Hidden = [16],
        Optimizer = new OptimizerOptions { Kind = OptimizerKind.Adam, LearningRate = 0.01 },
        BatchSize = 50,
        Epochs = 12,
        FitSamples = 50,
    };

    private readonly CpuDevice _device = new(2);

    public void Dispose() => _device.Dispose();

    [Fact]
    public void Run_LinesAnywhere_LearnsTheirDirection()
    {
        using ImageClassifier model = new(_device, Options, Side * Side, 2);
        using ClassifierTrainer trainer = new(model, Lines(1000, 1));

        trainer.Run();

        Assert.InRange(ClassifierEvaluator.Evaluate(model, Lines(500, 2)).Accuracy, 0.97, 1);
    }

    [Fact]
    public void Constructor_TwoConvolutions_NamesAndCountsTheirParameters()
    {
        using ImageClassifier model = new(_device, Options, Side * Side, 2);

        Assert.Equal(["conv.0.weight", "conv.0.bias", "conv.1.weight", "conv.1.bias", "fc.0.weight", "fc.0.bias", "fc.1.weight", "fc.1.bias"], model.Parameters.Select(static parameter => parameter.Name));
        Assert.Equal((4 * 9) + 4 + (6 * 36) + 6 + (16 * 6) + 16 + (2 * 16) + 2, model.StoredElements);
    }

    [Theory]
    [InlineData(1, 6, 36)]
    [InlineData(2, 16, 6)]
    public void Run_OneWeightReplacedAndTheRestFrozen_MovesOnlyItsGatesAndLowersTheLoss(int position, int outputs, int inputs)
    {
        using ImageClassifier model = new(_device, Options with { Epochs = 4 }, Side * Side, 2);
        AdtnTensor tensor = new(_device, "w", new AdtnShape(outputs * inputs, 2), outputs, inputs, Options.Optimizer);
        tensor.Initialize(new RandomStream(1, 0), 3);
        model.ReplaceWeight(position, tensor, isTransposed: false);
        float[][] before = Others(model);
        LabelledImages images = Lines(500, 1);
        double loss = ClassifierEvaluator.Evaluate(model, images).LogLoss;
        using ClassifierTrainer trainer = new(model, images, static parameter => parameter is GeneratedWeight);

        trainer.Run();

        Assert.Same(tensor, model.Parameters[2 * position]);
        Assert.Equal(before, Others(model));
        Assert.True(ClassifierEvaluator.Evaluate(model, images).LogLoss < loss);
    }

    [Fact]
    public void Validate_ImpossibleConvolutions_NamesThem()
    {
        Says("needs classifier.image", Options with { Image = null });
        Says("classifier.image is 0 × 8 × 1", Options with { Image = new ImageShape(0, 8, 1) });
        Says("classifier.convolutions[1] makes maps of 4 × 4 × 16", Options with { Convolutions = [new(), new() { Pool = 3 }] });
        Says("padding 3", Options with { Convolutions = [new() { Padding = 3 }] });
        OptionsException exception = Assert.Throws<OptionsException>(() => new ImageClassifier(_device, Options, 65, 2));
        Assert.Contains("64 numbers, but the images have 65", exception.Message, StringComparison.Ordinal);
    }

    private static void Says(string problem, ClassifierOptions options) => Assert.Contains(problem, Assert.Throws<OptionsException>(options.Validate).Message, StringComparison.Ordinal);

    private static float[][] Others(ImageClassifier model) => [.. model.Parameters.OfType<DenseParameter>().Select(static parameter => parameter.Value.ToArray())];

    private static LabelledImages Lines(int count, int seed)
    {
        Random random = new(seed);
        byte[] pixels = new byte[count * Side * Side];
        byte[] labels = [.. Enumerable.Range(0, count).Select(_ => (byte)random.Next(2))];
        for (int n = 0; n < count; n++)
        {
            (int along, int across) = (random.Next(Side - 2), random.Next(Side));
            for (int i = along; i < along + 3; i++)
            {
                pixels[(n * Side * Side) + (labels[n] == 0 ? (across * Side) + i : (i * Side) + across)] = 255;
            }
        }

        return new LabelledImages(pixels, labels);
    }
}
