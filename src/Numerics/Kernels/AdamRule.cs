using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Dlrm.Numerics.Kernels;

/// <summary><c>m = β1 m + (1−β1) g; v = β2 v + (1−β2) g²; w −= lr · m̂ / (√v̂ + ε)</c>; the states are m and v.</summary>
internal readonly struct AdamRule : IStepRule
{
    private readonly float _learningRate;
    private readonly float _beta1;
    private readonly float _beta2;
    private readonly float _epsilon;
    private readonly float _gradientScale;
    private readonly float _firstCorrection;
    private readonly float _secondCorrection;

    /// <summary>Initializes a new instance of the <see cref="AdamRule"/> struct.</summary>
    /// <param name="arguments">Rates and step.</param>
    internal AdamRule(AdamArguments arguments)
    {
        _learningRate = arguments.LearningRate;
        _beta1 = arguments.Beta1;
        _beta2 = arguments.Beta2;
        _epsilon = arguments.Epsilon;
        _gradientScale = arguments.GradientScale;
        _firstCorrection = Correction(arguments.Beta1, arguments.Step);
        _secondCorrection = Correction(arguments.Beta2, arguments.Step);
    }

    /// <inheritdoc/>
    public static int States => 2;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Step(ref Vector256<float> value, Vector256<float> gradient, ref Vector256<float> first, ref Vector256<float> second)
    {
        Vector256<float> scaled = gradient * _gradientScale;
        first = (first * _beta1) + (scaled * (1f - _beta1));
        second = (second * _beta2) + ((scaled * scaled) * (1f - _beta2));
        value -= (first * _firstCorrection * _learningRate) / (Vector256.Sqrt(second * _secondCorrection) + Vector256.Create(_epsilon));
    }

    /// <summary>Computes <c>1 / (1 − βᵗ)</c>.</summary>
    /// <param name="beta">β.</param>
    /// <param name="step">t, from 1.</param>
    /// <returns>The factor.</returns>
    internal static float Correction(float beta, long step) => (float)(1.0 / (1.0 - Math.Pow(beta, step)));
}
