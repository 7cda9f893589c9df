using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Dlrm.Numerics.Kernels;

/// <summary><c>w −= lr · s · g</c>.</summary>
/// <param name="LearningRate">lr.</param>
/// <param name="GradientScale">s.</param>
internal readonly record struct SgdRule(float LearningRate, float GradientScale) : IStepRule
{
    /// <inheritdoc/>
    public static int States => 0;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Step(ref Vector256<float> value, Vector256<float> gradient, ref Vector256<float> first, ref Vector256<float> second) =>
        value -= (gradient * GradientScale) * LearningRate;
}
