namespace Dlrm.Numerics;

/// <content>The loss of classification into C classes.</content>
public partial interface IDevice
{
    /// <summary>Computes the summed softmax cross-entropy and its gradient with respect to the logits.</summary>
    /// <remarks>
    /// <code>
    /// p[b, c] = e^z[b, c] / Σ_c' e^z[b, c']      loss = Σ_b −ln p[b, y_b]   (nats, summed in double)
    /// gradient[b, c] = gradientScale · (p[b, c] − [c = y_b])
    /// </code>
    /// <para>Powers are taken of z − max z, so no finite logit overflows; a logit that is NaN or +∞ makes the loss NaN.</para>
    /// </remarks>
    /// <param name="logits">z, (B, C).</param>
    /// <param name="labels">y, at least B classes in <c>[0, C)</c>; checked here, before anything is written.</param>
    /// <param name="logitGradient">Receives the gradient, (B, C); may be the same view as the logits.</param>
    /// <param name="gradientScale">Usually 1/B.</param>
    /// <returns>The summed loss in nats.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A label is outside <c>[0, C)</c>; the message has the sample, the label and C.</exception>
    double SoftmaxCrossEntropy(Matrix logits, DeviceBuffer<int> labels, Matrix logitGradient, float gradientScale);

    /// <summary>Counts the samples whose label has the largest logit: accuracy before the division by B.</summary>
    /// <remarks>
    /// <code>count = Σ_b [argmax_c z[b, c] = y_b]</code>
    /// <para>The first of equal logits is the argmax; a sample with a NaN is never right.</para>
    /// </remarks>
    /// <param name="logits">z, (B, C).</param>
    /// <param name="labels">y, at least B classes in <c>[0, C)</c>; checked here.</param>
    /// <returns>The samples classified right.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A label is outside <c>[0, C)</c>; the message has the sample, the label and C.</exception>
    int CountCorrect(Matrix logits, DeviceBuffer<int> labels);
}
