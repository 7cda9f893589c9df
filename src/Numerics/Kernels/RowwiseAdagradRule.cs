using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Dlrm.Numerics.Kernels;

/// <summary><c>w −= lr · s · g / den</c> for one row, den = √Σ + ε of the whole row.</summary>
/// <param name="LearningRate">lr.</param>
/// <param name="GradientScale">s.</param>
/// <param name="Denominator">den.</param>
internal readonly record struct RowwiseAdagradRule(float LearningRate, float GradientScale, float Denominator) : IStepRule
{
    /// <inheritdoc/>
    public static int States => 0;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Step(ref Vector256<float> value, Vector256<float> gradient, ref Vector256<float> first, ref Vector256<float> second) =>
        value -= ((gradient * GradientScale) * LearningRate) / Vector256.Create(Denominator);
}
