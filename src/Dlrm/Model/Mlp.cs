using Dlrm.Embeddings;
using Dlrm.Numerics;

namespace Dlrm;

/// <summary>A chain of fully connected layers: ReLU after each but, when so asked, the last.</summary>
internal sealed class Mlp : IDisposable
{
    private readonly GrowingMatrix[] _hidden;
    private readonly GrowingMatrix[] _hiddenGradients;

    /// <summary>Initializes a new instance of the <see cref="Mlp"/> class with dense layers.</summary>
    /// <param name="device">The device.</param>
    /// <param name="name">The start of its layers' names: "top".</param>
    /// <param name="inputs">The inputs of the first layer.</param>
    /// <param name="outputs">The outputs of each layer.</param>
    /// <param name="last">The activation of the last layer.</param>
    /// <param name="optimizer">The optimiser of weights and biases.</param>
    /// <param name="stream">Where initial values come from.</param>
    internal Mlp(IDevice device, string name, int inputs, IReadOnlyList<int> outputs, Activation last, OptimizerOptions optimizer, RandomStream stream)
        : this(device, name, inputs, new MlpOptions { Sizes = outputs }, last, optimizer, optimizer, new RankPriorOptions(), null, stream)
    {
    }

    /// <summary>Initializes a new instance of the <see cref="Mlp"/> class with layers as options say.</summary>
    /// <param name="device">The device.</param>
    /// <param name="name">The start of its layers' names: "top".</param>
    /// <param name="inputs">The inputs of the first layer.</param>
    /// <param name="options">The sizes of all layers and their storage.</param>
    /// <param name="last">The activation of the last layer.</param>
    /// <param name="optimizer">The optimiser of dense weights and biases.</param>
    /// <param name="factorOptimizer">The optimiser of factors.</param>
    /// <param name="prior">The prior of factors.</param>
    /// <param name="scratch">Shared by tensorised layers; null when every layer is dense.</param>
    /// <param name="stream">Where initial values come from.</param>
    internal Mlp(
        IDevice device, string name, int inputs, MlpOptions options, Activation last, OptimizerOptions optimizer, OptimizerOptions factorOptimizer, RankPriorOptions prior, LinearScratch? scratch,
        RandomStream stream)
        : this(device, MakeLayers(device, name, inputs, options, last, optimizer, factorOptimizer, prior, scratch, stream))
    {
    }

    /// <summary>Initializes a new instance of the <see cref="Mlp"/> class with given layers.</summary>
    /// <param name="device">The device.</param>
    /// <param name="layers">The layers, the inputs of each the outputs of the one before; owned from now on.</param>
    internal Mlp(IDevice device, IReadOnlyList<ILinearLayer> layers)
    {
        Layers = [.. layers];
        _hidden = [.. layers.SkipLast(1).Select(layer => new GrowingMatrix(device, layer.Outputs))];
        _hiddenGradients = [.. layers.SkipLast(1).Select(layer => new GrowingMatrix(device, layer.Outputs))];
    }

    /// <summary>Gets the layers, the first one first.</summary>
    internal ILinearLayer[] Layers { get; }

    /// <summary>Gets the parameters in the order of the layers, weight before bias.</summary>
    internal IEnumerable<Parameter> Parameters => Layers.SelectMany(layer => layer.Parameters);

    /// <summary>Makes fully connected layers as options say.</summary>
    /// <param name="device">The device.</param>
    /// <param name="name">The start of their names: "top".</param>
    /// <param name="inputs">The inputs of the first layer.</param>
    /// <param name="options">The sizes of all layers and their storage.</param>
    /// <param name="last">The activation of the last layer.</param>
    /// <param name="optimizer">The optimiser of dense weights and biases.</param>
    /// <param name="factorOptimizer">The optimiser of factors.</param>
    /// <param name="prior">The prior of factors.</param>
    /// <param name="scratch">Shared by tensorised layers; null when every layer is dense.</param>
    /// <param name="stream">Where initial values come from.</param>
    /// <returns>The layers; the receiver disposes them.</returns>
    internal static ILinearLayer[] MakeLayers(
        IDevice device, string name, int inputs, MlpOptions options, Activation last, OptimizerOptions optimizer, OptimizerOptions factorOptimizer, RankPriorOptions prior, LinearScratch? scratch,
        RandomStream stream)
    {
        IReadOnlyList<int> outputs = options.Sizes;
        ILinearLayer[] layers = new ILinearLayer[outputs.Count];
        for (int k = 0; k < layers.Length; k++)
        {
            int layerInputs = k == 0 ? inputs : outputs[k - 1];
            Activation activation = k == layers.Length - 1 ? last : Activation.Relu;
            layers[k] = options.FormatOf(k, layerInputs, outputs[k]) is LowRankFormat format
                ? new TensorizedLinear(device, $"{name}.{k}", format, activation, factorOptimizer, optimizer, prior, stream.Derive((ulong)k), scratch!)
                : new LinearLayer(device, $"{name}.{k}", layerInputs, outputs[k], activation, optimizer, stream.Derive((ulong)k));
        }

        return layers;
    }

    /// <summary>Computes the output; what backward needs is kept.</summary>
    /// <param name="input">(B, n).</param>
    /// <param name="output">Receives (B, m).</param>
    internal void Forward(Matrix input, Matrix output) => Forward(input, output, 0);

    /// <summary>Computes the output from the input of a later layer.</summary>
    /// <param name="input">The input of layer <paramref name="first"/>.</param>
    /// <param name="output">Receives (B, m).</param>
    /// <param name="first">The first layer to run.</param>
    internal void Forward(Matrix input, Matrix output, int first)
    {
        Matrix current = input;
        for (int k = first; k < Layers.Length; k++)
        {
            Matrix next = k == Layers.Length - 1 ? output : _hidden[k].Resize(input.Rows);
            Layers[k].Forward(current, next);
            current = next;
        }
    }

    /// <summary>Adds to the gradients of the parameters and computes that of the input, after <see cref="Forward(Matrix, Matrix)"/>.</summary>
    /// <param name="input">What forward was given.</param>
    /// <param name="output">What forward gave.</param>
    /// <param name="outputGradient">(B, m); overwritten.</param>
    /// <param name="inputGradient">Receives (B, n), or null when nobody needs it.</param>
    /// <param name="isReady">Told of each parameter whose gradient is complete; or null.</param>
    /// <param name="first">The first layer whose gradients are wanted; above 0 there is no input gradient.</param>
    internal void Backward(Matrix input, Matrix output, Matrix outputGradient, Matrix? inputGradient, Action<Parameter>? isReady = null, int first = 0)
    {
        Matrix gradient = outputGradient;
        for (int k = Layers.Length - 1; k >= first; k--)
        {
            Matrix layerOutput = k == Layers.Length - 1 ? output : _hidden[k].View;
            Matrix? previous = k == first ? inputGradient : _hiddenGradients[k - 1].Resize(input.Rows);
            Layers[k].Backward(k == 0 ? input : _hidden[k - 1].View, layerOutput, gradient, previous);
            if (isReady is not null)
            {
                DlrmModel.Tell(Layers[k].Parameters, isReady);
            }

            gradient = previous ?? gradient;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (IDisposable resource in Layers.Concat<IDisposable>(_hidden).Concat(_hiddenGradients))
        {
            resource.Dispose();
        }
    }
}
