using Dlrm.Numerics;

namespace Dlrm.Embeddings;

/// <summary>Evaluates the two matrices of a split W = L·C on a device, and their gradients; keeps what backward needs.</summary>
/// <remarks>L is (Rows × s), C is (s × Columns), s is <see cref="WeightSplit.Size"/>.</remarks>
public interface ISplitEvaluator : IDisposable
{
    /// <summary>Evaluates L and C.</summary>
    /// <param name="format">The format with its present ranks.</param>
    /// <param name="factors">Its factors.</param>
    /// <param name="left">Receives L.</param>
    /// <param name="right">Receives C.</param>
    void Evaluate(LowRankFormat format, ReadOnlySpan<DeviceBuffer<float>> factors, Matrix left, Matrix right);

    /// <summary>Adds the gradient of the last <see cref="Evaluate"/>: <c>factorGradients[k] += ∂ (⟨L, leftGradient⟩ + ⟨C, rightGradient⟩) / ∂ factors[k]</c>.</summary>
    /// <param name="format">The format with its present ranks.</param>
    /// <param name="factors">Its factors, unchanged since.</param>
    /// <param name="leftGradient">(Rows × s).</param>
    /// <param name="rightGradient">(s × Columns).</param>
    /// <param name="factorGradients">Are added to.</param>
    void Gradients(LowRankFormat format, ReadOnlySpan<DeviceBuffer<float>> factors, Matrix leftGradient, Matrix rightGradient, ReadOnlySpan<DeviceBuffer<float>> factorGradients);
}
