using System.Runtime.Intrinsics;

namespace Dlrm.Numerics.Kernels;

/// <summary>One optimiser's formula for eight weights at a time.</summary>
internal interface IStepRule
{
    /// <summary>Gets the number of states of a weight, 0 to 2.</summary>
    static abstract int States { get; }

    /// <summary>Takes one step.</summary>
    /// <param name="value">w.</param>
    /// <param name="gradient">g, not yet scaled.</param>
    /// <param name="first">The first state.</param>
    /// <param name="second">The second state.</param>
    void Step(ref Vector256<float> value, Vector256<float> gradient, ref Vector256<float> first, ref Vector256<float> second);
}
