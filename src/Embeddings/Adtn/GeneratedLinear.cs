using Dlrm.Numerics;

namespace Dlrm.Embeddings;

/// <summary>A fully connected layer whose weight is rebuilt from an ADTN or a tensor train; the bias is dense.</summary>
/// <remarks>
/// <code>
/// output[b, o] = f(Σ_i input[b, i] · W[o, i] + bias[o])        vec(W) reads W (m, n), or Wᵀ (n, m), row by row
/// backward     dX = dY·W,  dW = dYᵀ·X,  then the gradient of the numbers behind W
/// </code>
/// <para>The side that is a power of two is better read last: every site is then one bit of the number of an input or of an output.</para>
/// </remarks>
public sealed class GeneratedLinear : ILinearLayer
{
    private readonly IDevice _device;
    private readonly Activation _activation;
    private readonly bool _isTransposed;

    /// <summary>Initializes a new instance of the <see cref="GeneratedLinear"/> class with a bias of zeros.</summary>
    /// <param name="device">The device.</param>
    /// <param name="name">The layer's name: "fc.0"; its bias is NAME.bias.</param>
    /// <param name="weight">W, (m, n), or Wᵀ, (n, m); owned from now on.</param>
    /// <param name="isTransposed">Whether it is Wᵀ.</param>
    /// <param name="activation">f.</param>
    /// <param name="biasOptimizer">The optimiser of the bias.</param>
    public GeneratedLinear(IDevice device, string name, GeneratedWeight weight, bool isTransposed, Activation activation, OptimizerOptions biasOptimizer)
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(weight);
        _device = device;
        _activation = activation;
        _isTransposed = isTransposed;
        Weight = weight;
        Inputs = isTransposed ? weight.Rows : weight.Columns;
        Outputs = isTransposed ? weight.Columns : weight.Rows;
        Bias = new DenseParameter(device, $"{name}.bias", [Outputs], biasOptimizer);
        Parameters = [weight, Bias];
    }

    /// <inheritdoc/>
    public int Inputs { get; }

    /// <inheritdoc/>
    public int Outputs { get; }

    /// <inheritdoc/>
    public IReadOnlyList<Parameter> Parameters { get; }

    /// <inheritdoc/>
    public BayesianTensor? Tensor => null;

    /// <summary>Gets the weight.</summary>
    public GeneratedWeight Weight { get; }

    /// <summary>Gets the bias, m.</summary>
    public DenseParameter Bias { get; }

    /// <inheritdoc/>
    public string Description => $"{Outputs} × {Inputs} rebuilt from {Weight.Description}";

    /// <inheritdoc/>
    public void Forward(Matrix input, Matrix output) => _device.Gemm(input, false, Weight.Rebuild(), !_isTransposed, output, Bias.Value, _activation);

    /// <inheritdoc/>
    public void Backward(Matrix input, Matrix output, Matrix outputGradient, Matrix? inputGradient)
    {
        if (_activation != Activation.None)
        {
            _device.ActivationGradient(_activation, output, outputGradient);
        }

        _device.ColumnSums(outputGradient, Bias.Gradient, accumulate: true);
        if (inputGradient is Matrix gradient)
        {
            _device.Gemm(outputGradient, false, Weight.Rebuild(), _isTransposed, gradient);
        }

        (Matrix left, Matrix right) = _isTransposed ? (input, outputGradient) : (outputGradient, input);
        _device.Gemm(left, true, right, false, Weight.WeightGradient);
        Weight.PullBack();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Weight.Dispose();
        Bias.Dispose();
    }
}
