using System.Numerics;
using System.Runtime.InteropServices;

namespace Dlrm.Numerics.Kernels;

/// <summary>Derivatives of activations.</summary>
internal static class ActivationKernels
{
    /// <summary>Computes <c>gradient[i] = output[i] &gt; 0 ? gradient[i] : 0</c> in place.</summary>
    /// <param name="output">max(x, 0).</param>
    /// <param name="gradient">The gradient of the output; becomes that of x.</param>
    internal static void ReluGradient(ReadOnlySpan<float> output, Span<float> gradient)
    {
        int whole = gradient.Length - (gradient.Length % Vector<float>.Count);
        ReadOnlySpan<Vector<float>> outputs = MemoryMarshal.Cast<float, Vector<float>>(output[..whole]);
        Span<Vector<float>> gradients = MemoryMarshal.Cast<float, Vector<float>>(gradient[..whole]);
        for (int i = 0; i < gradients.Length; i++)
        {
            gradients[i] = Vector.ConditionalSelect(Vector.GreaterThan(outputs[i], Vector<float>.Zero), gradients[i], Vector<float>.Zero);
        }

        ReferenceReluGradient(output[whole..], gradient[whole..]);
    }

    /// <summary>Computes <see cref="ReluGradient"/> element by element: the definition (nothing is rounded, so double would say the same).</summary>
    /// <param name="output">max(x, 0).</param>
    /// <param name="gradient">The gradient of the output; becomes that of x.</param>
    internal static void ReferenceReluGradient(ReadOnlySpan<float> output, Span<float> gradient)
    {
        for (int i = 0; i < gradient.Length; i++)
        {
            gradient[i] = output[i] > 0 ? gradient[i] : 0;
        }
    }
}
