namespace Dlrm.Numerics;

/// <content>Dense algebra, activations, loss and interaction.</content>
public partial interface IDevice
{
    /// <summary>Multiplies two matrices with a fused epilogue.</summary>
    /// <remarks><code>C = f(op(A)·op(B) + bias + (accumulate ? C : 0))     op(A) m × k, op(B) k × n, C m × n, bias n</code></remarks>
    /// <param name="a">A, or its transpose when <paramref name="transposeA"/>.</param>
    /// <param name="transposeA">Whether op(A) = Aᵀ.</param>
    /// <param name="b">B, or its transpose when <paramref name="transposeB"/>.</param>
    /// <param name="transposeB">Whether op(B) = Bᵀ.</param>
    /// <param name="c">Receives the product; must not overlap A or B.</param>
    /// <param name="bias">Added to every row, or null.</param>
    /// <param name="activation">Applied last.</param>
    /// <param name="accumulate">Whether C is added to, instead of overwritten.</param>
    void Gemm(Matrix a, bool transposeA, Matrix b, bool transposeB, Matrix c, DeviceBuffer<float>? bias = null, Activation activation = Activation.None, bool accumulate = false);

    /// <summary>Multiplies a gradient by the derivative of the activation, in place.</summary>
    /// <remarks><code>Relu: gradient[i, j] = output[i, j] &gt; 0 ? gradient[i, j] : 0</code></remarks>
    /// <param name="activation">The activation.</param>
    /// <param name="output">What the forward pass gave.</param>
    /// <param name="gradient">The gradient of the output; becomes that of the input.</param>
    void ActivationGradient(Activation activation, Matrix output, Matrix gradient);

    /// <summary>Sums the rows of a matrix: the gradient of a bias.</summary>
    /// <param name="source">(m, n).</param>
    /// <param name="destination">Receives n sums.</param>
    /// <param name="accumulate">Whether the destination is added to.</param>
    void ColumnSums(Matrix source, DeviceBuffer<float> destination, bool accumulate = false);

    /// <summary>Computes probabilities, the summed binary cross-entropy and its gradient with respect to the logits.</summary>
    /// <remarks>
    /// <code>
    /// p = 1 / (1 + e^-z)      loss = Σ max(z, 0) − z·y + ln(1 + e^-|z|)   (nats, summed in double)
    /// gradient = gradientScale · (p − y)
    /// </code>
    /// </remarks>
    /// <param name="logits">z, (B, 1).</param>
    /// <param name="labels">y, B floats in [0, 1].</param>
    /// <param name="probabilities">Receives p, (B, 1).</param>
    /// <param name="logitGradient">Receives the gradient, (B, 1).</param>
    /// <param name="gradientScale">Usually 1/B.</param>
    /// <returns>The summed loss in nats.</returns>
    double SigmoidCrossEntropy(Matrix logits, DeviceBuffer<float> labels, Matrix probabilities, Matrix logitGradient, float gradientScale);

    /// <summary>Computes the sigmoid of every element.</summary>
    /// <param name="logits">z.</param>
    /// <param name="probabilities">Receives p; may be the same view.</param>
    void Sigmoid(Matrix logits, Matrix probabilities);

    /// <summary>Computes the dot interaction of F feature vectors of each sample, concatenated after the first one.</summary>
    /// <remarks>
    /// <code>
    /// output[b, 0 .. D) = features[b, 0, :]
    /// output[b, D + p] = features[b, i, :] · features[b, j, :]   for pairs p = (1,0), (2,0), (2,1), (3,0) …: the lower triangle row by row
    /// </code>
    /// <para>Source: Naumov et al., "Deep Learning Recommendation Model for Personalization and Recommendation Systems", arXiv 1906.00091.</para>
    /// </remarks>
    /// <param name="features">(B, F·D): F vectors side by side.</param>
    /// <param name="count">F.</param>
    /// <param name="dim">D.</param>
    /// <param name="output">Receives (B, D + F(F−1)/2).</param>
    void DotInteraction(Matrix features, int count, int dim, Matrix output);

    /// <summary>Computes the gradient of <see cref="DotInteraction"/> with respect to the features (overwrites).</summary>
    /// <param name="features">(B, F·D).</param>
    /// <param name="count">F.</param>
    /// <param name="dim">D.</param>
    /// <param name="outputGradient">(B, D + F(F−1)/2).</param>
    /// <param name="featuresGradient">Receives (B, F·D).</param>
    void DotInteractionGradient(Matrix features, int count, int dim, Matrix outputGradient, Matrix featuresGradient);

    /// <summary>Sums the squares of a range, in double, in a fixed order.</summary>
    /// <param name="values">The buffer.</param>
    /// <param name="length">The first elements to use; −1 for all.</param>
    /// <returns>The sum; not finite when an element is not finite.</returns>
    double SumOfSquares(DeviceBuffer<float> values, long length = -1);

    /// <summary>Adds a multiple of one buffer to another: <c>destination += scale · source</c>.</summary>
    /// <param name="source">The source.</param>
    /// <param name="scale">The factor.</param>
    /// <param name="destination">The destination, of the same length.</param>
    void AddScaled(DeviceBuffer<float> source, float scale, DeviceBuffer<float> destination);

    /// <summary>Fills a buffer with one value.</summary>
    /// <param name="buffer">The buffer.</param>
    /// <param name="value">The value.</param>
    void Fill(DeviceBuffer<float> buffer, float value);

    /// <summary>Fills a buffer with independent normal numbers.</summary>
    /// <remarks><code>buffer[i] = standardDeviation · ε_i     ε_i is number i of the stream (the same as DrawPosterior's)</code></remarks>
    /// <param name="buffer">The buffer.</param>
    /// <param name="stream">The random stream.</param>
    /// <param name="standardDeviation">The deviation.</param>
    void FillNormal(DeviceBuffer<float> buffer, RandomStream stream, float standardDeviation);

    /// <summary>Fills a buffer with independent uniform numbers in [−halfWidth, halfWidth).</summary>
    /// <param name="buffer">The buffer.</param>
    /// <param name="stream">The random stream.</param>
    /// <param name="halfWidth">Half the width.</param>
    void FillUniform(DeviceBuffer<float> buffer, RandomStream stream, float halfWidth);

    /// <summary>Fills rows with those that <see cref="FillUniform"/> would give a larger matrix: a part of a table has the numbers of the whole one.</summary>
    /// <remarks><code>destination[i, j] = number (firstRow + i·rowStep)·columns + j of the stream, on ±halfWidth</code></remarks>
    /// <param name="destination">The rows, without a gap between them.</param>
    /// <param name="stream">The stream.</param>
    /// <param name="halfWidth">Half the width of the interval.</param>
    /// <param name="firstRow">The first row's number in the larger matrix.</param>
    /// <param name="rowStep">From one row's number to the next one's.</param>
    void FillUniformRows(Matrix destination, RandomStream stream, float halfWidth, long firstRow, long rowStep);
}
