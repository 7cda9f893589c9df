using Dlrm.Data.Images;
using Dlrm.Embeddings;
using Dlrm.Numerics;
using Dlrm.Numerics.Cpu;
using Dlrm.Training;

namespace Dlrm.Tests.Model;

/// <summary>Classifiers with a weight that is rebuilt from an ADTN.</summary>
public sealed class ReplacedWeightTests : IDisposable
{
    private const int Inputs = 12;
    private const int Hidden = 16;
    private const int Classes = 3;
    private static readonly OptimizerOptions Adam = new() { Kind = OptimizerKind.Adam, LearningRate = 0.02 };
    private readonly CpuDevice _device = new(1);

    public void Dispose() => _device.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ReplaceWeight_OfALayer_KeepsItsBiasAndCountsTheGates(bool isTransposed)
    {
        using ImageClassifier model = Create();
        float[] bias = ((DenseParameter)model.Layers[0].Parameters[1]).Value.ToArray();
        AdtnTensor tensor = Tensor(isTransposed);

        model.ReplaceWeight(0, tensor, isTransposed);

        Assert.Equal(bias, ((DenseParameter)model.Layers[0].Parameters[1]).Value.ToArray());
        Assert.Equal(tensor.StoredElements + Hidden + (Hidden * Classes) + Classes, model.StoredElements);
        Assert.Same(tensor, model.Parameters[0]);
    }

    [Fact]
    public void ReplaceWeight_OfAnotherSize_IsRefused()
    {
        using ImageClassifier model = Create();
        using AdtnTensor tensor = Tensor(isTransposed: false);

        ArgumentException exception = Assert.Throws<ArgumentException>(() => model.ReplaceWeight(1, tensor, isTransposed: false));

        Assert.Contains("Layer 1 has 3 outputs and 16 inputs, but the weight is for 16 and 12", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_WithFrozenParameters_MovesOnlyTheOthersAndLowersTheLoss()
    {
        using ImageClassifier model = Create();
        model.ReplaceWeight(0, Tensor(isTransposed: true), isTransposed: true);
        float[][] before = [.. model.Parameters.Skip(1).Cast<DenseParameter>().Select(parameter => parameter.Value.ToArray())];
        float[] gates = ((AdtnTensor)model.Parameters[0]).Values.Value.ToArray();
        LabelledImages images = Images();
        double loss = ClassifierEvaluator.Evaluate(model, images).LogLoss;
        using ClassifierTrainer trainer = new(model, images, static parameter => parameter is GeneratedWeight);

        trainer.Run();

        Assert.Equal(before, model.Parameters.Skip(1).Cast<DenseParameter>().Select(parameter => parameter.Value.ToArray()));
        Assert.NotEqual(gates, ((AdtnTensor)model.Parameters[0]).Values.Value.ToArray());
        Assert.True(ClassifierEvaluator.Evaluate(model, images).LogLoss < 0.9 * loss);
    }

    private static LabelledImages Images()
    {
        Random random = new(3);
        byte[] labels = [.. Enumerable.Range(0, 300).Select(_ => (byte)random.Next(Classes))];
        return new LabelledImages([.. labels.SelectMany(label => Enumerable.Range(0, Inputs).Select(pixel => (byte)(random.Next(60) + (pixel % Classes == label ? 190 : 0))))], labels);
    }

    private ImageClassifier Create() => new(_device, new ClassifierOptions { Hidden = [Hidden], BatchSize = 50, Epochs = 20, FitSamples = 10 }, Inputs, Classes);

    private AdtnTensor Tensor(bool isTransposed)
    {
        (int rows, int columns) = isTransposed ? (Inputs, Hidden) : (Hidden, Inputs);
        AdtnTensor tensor = new(_device, "fc.0.weight", new AdtnShape(Inputs * Hidden, 2), rows, columns, Adam);
        tensor.Initialize(new RandomStream(1, 0), 4);
        return tensor;
    }
}
