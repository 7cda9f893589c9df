using Dlrm.Embeddings;
using Dlrm.Numerics;

namespace Dlrm;

/// <summary>Convolutions, if there are any, and a multilayer perceptron with a softmax over classes.</summary>
/// <remarks>
/// <code>
/// z = mlp(convolutions(x))      p[c] = e^z[c] / Σ_c' e^z[c']      loss = (1/B) Σ −ln p[y]
/// </code>
/// <para>Parameter names: conv.K.weight (out, kernel · kernel · in), conv.K.bias; fc.K.weight (out, in), fc.K.bias.</para>
/// <para>Source of the experiment: Hawkins, Liu, Zhang, "Towards Compact Neural Networks via End-to-End Training: A Bayesian Tensor Approach with Automatic Rank Determination", arXiv 2010.08689.</para>
/// </remarks>
public sealed class ImageClassifier : IDisposable
{
    private readonly LinearScratch _scratch;
    private readonly Mlp _mlp;
    private Parameter[] _parameters;
    private readonly GrowingMatrix _inputs;
    private readonly GrowingMatrix _logits;
    private readonly GrowingMatrix _logitGradient;
    private DeviceBuffer<int> _labels;

    /// <summary>Initializes a new instance of the <see cref="ImageClassifier"/> class with random weights.</summary>
    /// <param name="device">Where it lives; stays the caller's.</param>
    /// <param name="options">Its sizes, optimiser and seed; checked here.</param>
    /// <param name="inputs">n, the numbers of each input.</param>
    /// <param name="classes">C, at least 2.</param>
    /// <exception cref="OptionsException">Options are out of range, or of images of another size.</exception>
    public ImageClassifier(IDevice device, ClassifierOptions options, int inputs, int classes)
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(inputs, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 2);
        options.Validate();
        if (options.Image is ImageShape image && image.Length != inputs)
        {
            throw new OptionsException([$"classifier.image is {image}, {image.Length} numbers, but the images have {inputs}."]);
        }

        Device = device;
        Options = options;
        _scratch = new LinearScratch(device);
        RandomStream start = RandomPurposes.Initialization(options.Seed);
        List<ILinearLayer> layers = [];
        ImageShape shape = options.Image ?? default;
        for (int k = 0; k < options.Convolutions.Count; k++)
        {
            ConvolutionOptions convolution = options.Convolutions[k];
            LinearLayer filters = new(
                device, $"conv.{k}", ConvolutionLayer.PatchLength(shape, convolution), convolution.Channels, Activation.Relu, options.Optimizer, start.Derive(1).Derive((ulong)k));
            ConvolutionLayer layer = new(device, shape, convolution, filters);
            layers.Add(layer);
            shape = layer.Output;
        }

        layers.AddRange(Mlp.MakeLayers(
            device, "fc", layers.Count > 0 ? shape.Length : inputs, options.Hidden with { Sizes = [.. options.Hidden.Sizes, classes] }, Activation.None, options.Optimizer, options.FactorOptimizer,
            options.RankPrior, _scratch, start.Derive(0)));
        _mlp = new Mlp(device, layers);
        _parameters = [.. _mlp.Parameters];
        Tensors = [.. _mlp.Layers.OfType<TensorizedLinear>().Select(layer => layer.Tensor)];
        _inputs = new GrowingMatrix(device, inputs);
        _logits = new GrowingMatrix(device, classes);
        _logitGradient = new GrowingMatrix(device, classes);
        _labels = device.Allocate<int>(0);
    }

    /// <summary>Gets the device.</summary>
    public IDevice Device { get; }

    /// <summary>Gets the options that it was made with.</summary>
    public ClassifierOptions Options { get; }

    /// <summary>Gets n, the numbers of each input.</summary>
    public int Inputs => _inputs.Columns;

    /// <summary>Gets C.</summary>
    public int Classes => _logits.Columns;

    /// <summary>Gets everything that is trained, in the order of the layers.</summary>
    public IReadOnlyList<Parameter> Parameters => _parameters;

    /// <summary>Gets the weights that are low-rank tensors, the first layer's first.</summary>
    public IReadOnlyList<BayesianTensor> Tensors { get; private set; }

    /// <summary>Gets the layers, the first one first.</summary>
    public IReadOnlyList<ILinearLayer> Layers => _mlp.Layers;

    /// <summary>Gets the numbers that the model stores.</summary>
    public long StoredElements => _parameters.Sum(parameter => parameter.StoredElements);

    /// <summary>Gets the number of samples of the last <see cref="Forward(ReadOnlySpan{float}, ReadOnlySpan{int})"/>.</summary>
    public int Samples => _logits.View.Rows;

    /// <summary>Computes the logits of a batch; what <see cref="Backward"/> needs is kept.</summary>
    /// <param name="inputs">x, (B, n) row-major.</param>
    /// <param name="labels">y, B classes; those outside <c>[0, C)</c> are told by <see cref="Loss"/> and <see cref="CountCorrect"/>.</param>
    /// <exception cref="ArgumentException">There are not n inputs for each label, or no label.</exception>
    public void Forward(ReadOnlySpan<float> inputs, ReadOnlySpan<int> labels)
    {
        if (labels.Length == 0 || inputs.Length != (long)labels.Length * Inputs)
        {
            throw new ArgumentException($"{labels.Length} samples of {Inputs} inputs need {(long)labels.Length * Inputs} numbers and at least one sample, but there are {inputs.Length} numbers.", nameof(inputs));
        }

        if (_labels.Length < labels.Length)
        {
            _labels.Dispose();
            _labels = Device.Allocate<int>(labels.Length);
        }

        _labels.CopyFrom(labels);
        _inputs.Resize(labels.Length).Buffer.CopyFrom(inputs);
        _logitGradient.Resize(labels.Length);
        Forward(_inputs.View, _logits.Resize(labels.Length));
    }

    /// <summary>Computes the loss of the last forward pass, and the gradient of the mean loss with respect to the logits.</summary>
    /// <returns>The summed loss in nats.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A label is outside <c>[0, C)</c>.</exception>
    public double Loss() => Device.SoftmaxCrossEntropy(_logits.View, _labels, _logitGradient.View, 1f / Samples);

    /// <summary>Counts the samples of the last forward pass whose label has the largest logit.</summary>
    /// <returns>The samples classified right.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A label is outside <c>[0, C)</c>.</exception>
    public int CountCorrect() => Device.CountCorrect(_logits.View, _labels);

    /// <summary>Adds the gradient of the mean loss to every parameter's gradient; <see cref="Loss"/> comes before it.</summary>
    /// <param name="first">The first layer whose gradients are wanted.</param>
    public void Backward(int first = 0) => _mlp.Backward(_inputs.View, _logits.View, _logitGradient.View, null, first: first);

    /// <summary>Replaces the weight of a layer by one that is rebuilt from fewer numbers; the layer's bias stays, its optimiser's state does not.</summary>
    /// <param name="position">The layer, from 0, convolutions first.</param>
    /// <param name="weight">The weight, (outputs, inputs), or transposed; owned from now on.</param>
    /// <param name="isTransposed">Whether it is (inputs, outputs).</param>
    /// <exception cref="ArgumentException">The weight has another size than the layer's.</exception>
    public void ReplaceWeight(int position, GeneratedWeight weight, bool isTransposed)
    {
        ArgumentNullException.ThrowIfNull(weight);
        ConvolutionLayer? convolution = _mlp.Layers[position] as ConvolutionLayer;
        ILinearLayer old = convolution?.Filters ?? _mlp.Layers[position];
        (int outputs, int inputs) = isTransposed ? (weight.Columns, weight.Rows) : (weight.Rows, weight.Columns);
        if (outputs != old.Outputs || inputs != old.Inputs)
        {
            throw new ArgumentException($"Layer {position} has {old.Outputs} outputs and {old.Inputs} inputs, but the weight is for {outputs} and {inputs}.", nameof(weight));
        }

        Activation activation = position == _mlp.Layers.Length - 1 ? Activation.None : Activation.Relu;
        DenseParameter oldBias = (DenseParameter)old.Parameters[^1];
        GeneratedLinear layer = new(Device, oldBias.Name[..oldBias.Name.LastIndexOf('.')], weight, isTransposed, activation, Options.Optimizer);
        Device.Copy(oldBias.Value, 0, layer.Bias.Value, 0, oldBias.Value.Length);
        if (convolution is not null)
        {
            convolution.Filters = layer;
        }
        else
        {
            _mlp.Layers[position] = layer;
        }

        old.Dispose();
        _parameters = [.. _mlp.Parameters];
        Tensors = [.. _mlp.Layers.OfType<TensorizedLinear>().Select(static tensorized => tensorized.Tensor)];
    }

    /// <summary>Draws the low-rank weights for a step.</summary>
    /// <param name="stream">The stream of this step.</param>
    public void BeginStep(RandomStream stream)
    {
        for (int t = 0; t < Tensors.Count; t++)
        {
            Tensors[t].BeginStep(stream.Derive((ulong)t), pieces: 1);
        }
    }

    /// <summary>Makes every low-rank weight use its means: the deterministic model.</summary>
    public void UseMeans()
    {
        foreach (BayesianTensor tensor in Tensors)
        {
            tensor.UseMeans();
        }
    }

    /// <summary>Sets every gradient to zero.</summary>
    public void ClearGradients()
    {
        foreach (Parameter parameter in _parameters)
        {
            parameter.ClearGradient();
        }
    }

    /// <summary>Copies the logits of the last forward pass.</summary>
    /// <param name="logits">Receives B · C numbers.</param>
    public void CopyLogits(Span<float> logits) => _logits.View.Buffer.CopyTo(logits[..(Samples * Classes)]);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (IDisposable resource in (IDisposable[])[_mlp, _scratch, _inputs, _logits, _logitGradient, _labels])
        {
            resource.Dispose();
        }
    }

    /// <summary>Computes logits of inputs on the device; a backward pass of the last batch is spoiled.</summary>
    /// <param name="inputs">x, (B, n).</param>
    /// <param name="logits">Receives (B, C).</param>
    internal void Forward(Matrix inputs, Matrix logits) => _mlp.Forward(inputs, logits);
}
