using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Dlrm.Numerics.Kernels;

/// <summary><c>Σ += (s · g)²; w −= lr · s · g / (√Σ + ε)</c>; the first state is Σ.</summary>
/// <param name="LearningRate">lr.</param>
/// <param name="Epsilon">ε.</param>
/// <param name="GradientScale">s.</param>
internal readonly record struct AdagradRule(float LearningRate, float Epsilon, float GradientScale) : IStepRule
{
    /// <inheritdoc/>
    public static int States => 1;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Step(ref Vector256<float> value, Vector256<float> gradient, ref Vector256<float> first, ref Vector256<float> second)
    {
        Vector256<float> scaled = gradient * GradientScale;
        first += scaled * scaled;
        value -= (scaled * LearningRate) / (Vector256.Sqrt(first) + Vector256.Create(Epsilon));
    }
}
