namespace Dlrm.Numerics.Kernels;

/// <summary>Softmax cross-entropy and argmax of one row of logits, in double without overflow for any finite logit.</summary>
/// <remarks>
/// <code>rest = Σ_{c ≠ a} e^(z[c] − z[a]), a = argmax z      −ln p[y] = ln(1 + rest) + z[a] − z[y]      p[c] = e^(z[c] − z[a]) / (1 + rest)</code>
/// <para>Keeping the 1 of the largest logit apart keeps a loss far below 1e-16, and the label's p − 1 = −rest / (1 + rest), exact to rounding.</para>
/// <para>Sums run in ascending order. A few hundred ns for ten classes: far below the linear layer that makes them.</para>
/// </remarks>
internal static class SoftmaxKernels
{
    /// <summary>Computes −ln p[label] in nats, and the gradient.</summary>
    /// <param name="logits">z; at least one.</param>
    /// <param name="label">y.</param>
    /// <param name="scale">The factor of the gradient.</param>
    /// <param name="gradient">Receives scale · (p − [c = y]); may be the logits.</param>
    /// <returns>The loss.</returns>
    internal static double CrossEntropy(ReadOnlySpan<float> logits, int label, double scale, Span<float> gradient)
    {
        int top = Argmax(logits);
        double largest = logits[top];
        double labelLogit = logits[label];
        double rest = 0;
        for (int c = 0; c < logits.Length; c++)
        {
            double e = Math.Exp(logits[c] - largest);

            // At the largest logit e is 1 exactly, so nothing is added; or NaN, which must be seen.
            rest += c == top ? e - 1 : e;
            gradient[c] = (float)e;
        }

        double factor = scale / (1 + rest);
        for (int c = 0; c < gradient.Length; c++)
        {
            gradient[c] = (float)(factor * gradient[c]);
        }

        // For any other label than the largest logit's p ≤ 1/2, and p − 1 loses nothing.
        gradient[label] = (float)(label == top ? -factor * rest : (factor * Math.Exp(labelLogit - largest)) - scale);
        return SigmoidKernels.LogOnePlus(rest) + (largest - labelLogit);
    }

    /// <summary>Says whether the label's logit is the first largest one; false with a NaN.</summary>
    /// <param name="logits">z.</param>
    /// <param name="label">y.</param>
    /// <returns>Whether it is.</returns>
    internal static bool IsCorrect(ReadOnlySpan<float> logits, int label)
    {
        float own = logits[label];
        bool isLargest = !float.IsNaN(own);
        for (int c = 0; c < logits.Length; c++)
        {
            isLargest &= c < label ? own > logits[c] : own >= logits[c];
        }

        return isLargest;
    }

    private static int Argmax(ReadOnlySpan<float> values)
    {
        int top = 0;
        for (int c = 1; c < values.Length; c++)
        {
            top = values[c] > values[top] ? c : top;
        }

        return top;
    }
}
