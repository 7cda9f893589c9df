using Dlrm.Embeddings;
using Dlrm.Numerics;

namespace Dlrm;

/// <summary>A fully connected layer with its activation, whose weight is stored as it is.</summary>
/// <remarks>
/// <code>output[b, o] = f(Σ_i input[b, i] · Weight[o, i] + Bias[o])</code>
/// <para>Start, with m outputs and n inputs: Weight ~ N(0, 2/(m + n)), Bias ~ N(0, 1/m), variances.</para>
/// <para>Source of the start: Naumov et al., "Deep Learning Recommendation Model for Personalization and Recommendation Systems", arXiv 1906.00091.</para>
/// </remarks>
internal sealed class LinearLayer : ILinearLayer
{
    private readonly IDevice _device;

    internal LinearLayer(IDevice device, string name, int inputs, int outputs, Activation activation, OptimizerOptions optimizer, RandomStream stream)
    {
        _device = device;
        Inputs = inputs;
        Outputs = outputs;
        Activation = activation;
        Weight = new DenseParameter(device, $"{name}.weight", [outputs, inputs], optimizer);
        Bias = new DenseParameter(device, $"{name}.bias", [outputs], optimizer);
        Parameters = [Weight, Bias];
        device.FillNormal(Weight.Value, stream.Derive(0), (float)Math.Sqrt(2.0 / (outputs + inputs)));
        device.FillNormal(Bias.Value, stream.Derive(1), (float)Math.Sqrt(1.0 / outputs));
    }

    /// <inheritdoc/>
    public int Inputs { get; }

    /// <inheritdoc/>
    public int Outputs { get; }

    /// <inheritdoc/>
    public IReadOnlyList<Parameter> Parameters { get; }

    /// <inheritdoc/>
    public BayesianTensor? Tensor => null;

    /// <inheritdoc/>
    public string Description => $"dense {Outputs} × {Inputs}";

    /// <summary>Gets f.</summary>
    internal Activation Activation { get; }

    /// <summary>Gets the weight, (m, n).</summary>
    internal DenseParameter Weight { get; }

    /// <summary>Gets the bias, m.</summary>
    internal DenseParameter Bias { get; }

    private Matrix WeightMatrix => new(Weight.Value, Outputs, Inputs);

    /// <inheritdoc/>
    public void Forward(Matrix input, Matrix output) =>
        _device.Gemm(input, false, WeightMatrix, true, output, Bias.Value, Activation);

    /// <inheritdoc/>
    public void Backward(Matrix input, Matrix output, Matrix outputGradient, Matrix? inputGradient)
    {
        if (Activation != Activation.None)
        {
            _device.ActivationGradient(Activation, output, outputGradient);
        }

        _device.Gemm(outputGradient, true, input, false, new Matrix(Weight.Gradient, Outputs, Inputs), accumulate: true);
        _device.ColumnSums(outputGradient, Bias.Gradient, accumulate: true);
        if (inputGradient is Matrix gradient)
        {
            _device.Gemm(outputGradient, false, WeightMatrix, false, gradient);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Weight.Dispose();
        Bias.Dispose();
    }
}
