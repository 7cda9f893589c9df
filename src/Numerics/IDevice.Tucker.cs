namespace Dlrm.Numerics;

/// <content>Row evaluation of Tucker tables.</content>
public partial interface IDevice
{
    /// <summary>Makes scratch memory for the two operators below; it grows with the batches that it sees.</summary>
    /// <returns>The workspace; the caller disposes it.</returns>
    ITuckerWorkspace CreateTuckerWorkspace();

    /// <summary>Evaluates the unique rows of a batch from the factors and the core.</summary>
    /// <remarks>
    /// <code>
    /// rows[u, :] = E[UniqueRows[u], :]      (see TuckerShape)
    /// T(i0) = A[0][i0, :] · G      T(i0..ik) = A[k][ik, :] · T(i0..i(k-1))      rows = T · Kᵀ      K = A[p] ⊗ … ⊗ A[p+q-1]  (J × C)
    /// </code>
    /// <para>Algorithm: columns stay in rank space, C = R[p] · … · R[p+q-1], until the last product; a row mode is contracted once for each unique
    /// prefix. The contractions stay in the workspace for <see cref="TuckerRowGradients"/>.</para>
    /// <para>Cost: Σ_k (unique prefixes of k + 1 digits)·R[k] · … · R[p+q-1] + U·J·C multiply-adds; memory the same without the last, divided by R[k].</para>
    /// </remarks>
    /// <param name="shape">The shape; ranks are the true ones.</param>
    /// <param name="factors">p + q factors, each FactorLength(k) long or longer, then the core.</param>
    /// <param name="groups">The grouped bags; every row is in [0, Rows).</param>
    /// <param name="workspace">Receives the contractions.</param>
    /// <param name="rows">Receives (U, J).</param>
    void TuckerRows(TuckerShape shape, ReadOnlySpan<DeviceBuffer<float>> factors, RowGroups groups, ITuckerWorkspace workspace, Matrix rows);

    /// <summary>Adds the gradient of <see cref="TuckerRows"/> with respect to every factor and the core.</summary>
    /// <remarks><code>factorGradients[k] += ∂ Σ_u rows[u, :]·rowGradients[u, :] / ∂ factors[k]      rows of a row factor without a row in the batch are not touched</code></remarks>
    /// <param name="shape">The shape.</param>
    /// <param name="factors">p + q factors and the core, unchanged since the forward pass.</param>
    /// <param name="groups">The grouped bags of the forward pass.</param>
    /// <param name="workspace">As the forward pass left it.</param>
    /// <param name="rowGradients">(U, J).</param>
    /// <param name="factorGradients">p + q + 1 buffers that are added to.</param>
    void TuckerRowGradients(TuckerShape shape, ReadOnlySpan<DeviceBuffer<float>> factors, RowGroups groups, ITuckerWorkspace workspace, Matrix rowGradients, ReadOnlySpan<DeviceBuffer<float>> factorGradients);
}
