using Dlrm.Numerics;

namespace Dlrm.Embeddings;

/// <summary>Evaluates rows of one low-rank tensor on a device, and their gradients; keeps what backward needs.</summary>
public interface IRowEvaluator : IDisposable
{
    /// <summary>Evaluates the unique rows of a batch: <c>rows[u, :] = W[UniqueRows[u], :]</c>.</summary>
    /// <param name="format">The format with its present ranks.</param>
    /// <param name="factors">Its factors.</param>
    /// <param name="groups">The grouped bags; every row is in [0, Rows).</param>
    /// <param name="rows">Receives (U, Columns).</param>
    void Rows(LowRankFormat format, ReadOnlySpan<DeviceBuffer<float>> factors, RowGroups groups, Matrix rows);

    /// <summary>Adds the gradient of <see cref="Rows"/>: <c>factorGradients[k] += ∂ Σ_u rows[u, :]·rowGradients[u, :] / ∂ factors[k]</c>.</summary>
    /// <param name="format">The format with its present ranks.</param>
    /// <param name="factors">Its factors, unchanged since the forward pass.</param>
    /// <param name="groups">The grouped bags of the forward pass.</param>
    /// <param name="rowGradients">(U, Columns).</param>
    /// <param name="factorGradients">Are added to.</param>
    void RowGradients(LowRankFormat format, ReadOnlySpan<DeviceBuffer<float>> factors, RowGroups groups, Matrix rowGradients, ReadOnlySpan<DeviceBuffer<float>> factorGradients);
}
