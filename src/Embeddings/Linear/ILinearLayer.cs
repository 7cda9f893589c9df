using Dlrm.Numerics;

namespace Dlrm.Embeddings;

/// <summary>A layer with its activation, its weight stored in whatever form.</summary>
/// <remarks><code>output[b, o] = f(Σ_i input[b, i] · W[o, i] + bias[o])      a convolution has the same for each patch of its input, and may pool</code></remarks>
public interface ILinearLayer : IDisposable
{
    /// <summary>Gets n.</summary>
    int Inputs { get; }

    /// <summary>Gets m.</summary>
    int Outputs { get; }

    /// <summary>Gets what is trained: the weight, then the bias.</summary>
    IReadOnlyList<Parameter> Parameters { get; }

    /// <summary>Gets the Bayesian tensor behind the weight, or null.</summary>
    BayesianTensor? Tensor { get; }

    /// <summary>Gets the kind, modes, ranks and the way of execution in one line, for reports.</summary>
    string Description { get; }

    /// <summary>Computes the output; what backward needs is kept.</summary>
    /// <param name="input">(B, n).</param>
    /// <param name="output">Receives (B, m).</param>
    void Forward(Matrix input, Matrix output);

    /// <summary>Adds to the gradients of weight and bias, and computes that of the input.</summary>
    /// <param name="input">What <see cref="Forward"/> was given.</param>
    /// <param name="output">What <see cref="Forward"/> gave.</param>
    /// <param name="outputGradient">(B, m); becomes the gradient before the activation.</param>
    /// <param name="inputGradient">Receives (B, n), or null when nobody needs it.</param>
    void Backward(Matrix input, Matrix output, Matrix outputGradient, Matrix? inputGradient);
}
