namespace Dlrm.Numerics;

/// <content>Row evaluation of CP tables.</content>
public partial interface IDevice
{
    /// <summary>Makes scratch memory for the two operators below; it grows with the batches that it sees.</summary>
    /// <returns>The workspace; the caller disposes it.</returns>
    ICpWorkspace CreateCpWorkspace();

    /// <summary>Evaluates the unique rows of a batch from the factors.</summary>
    /// <remarks>
    /// <code>
    /// rows[u, :] = E[UniqueRows[u], :]      (see CpShape)
    /// rows = H · Cᵀ      H[u, r] = Π_{k&lt;p} A[k][i_k, r]  (U × R)      C[j, r] = Π_{k≥p} A[k][j_(k-p), r]  (J × R)
    /// </code>
    /// <para>Algorithm: both products are built over unique prefixes, then one matrix product; they stay in the workspace for <see cref="CpRowGradients"/>.</para>
    /// <para>Cost: U·J·R multiply-adds, and at most (U·p + J·q)·R for the products.</para>
    /// </remarks>
    /// <param name="shape">The shape; the rank is the true one.</param>
    /// <param name="factors">p + q buffers, each FactorLength(k) long or longer.</param>
    /// <param name="groups">The grouped bags; every row is in [0, Rows).</param>
    /// <param name="workspace">Receives the products.</param>
    /// <param name="rows">Receives (U, J).</param>
    void CpRows(CpShape shape, ReadOnlySpan<DeviceBuffer<float>> factors, RowGroups groups, ICpWorkspace workspace, Matrix rows);

    /// <summary>Adds the gradient of <see cref="CpRows"/> with respect to every factor.</summary>
    /// <remarks><code>factorGradients[k] += ∂ Σ_u rows[u, :]·rowGradients[u, :] / ∂ factors[k]      rows of a factor without a row in the batch are not touched</code></remarks>
    /// <param name="shape">The shape.</param>
    /// <param name="factors">p + q buffers, unchanged since the forward pass.</param>
    /// <param name="groups">The grouped bags of the forward pass.</param>
    /// <param name="workspace">As the forward pass left it.</param>
    /// <param name="rowGradients">(U, J).</param>
    /// <param name="factorGradients">p + q buffers that are added to.</param>
    void CpRowGradients(CpShape shape, ReadOnlySpan<DeviceBuffer<float>> factors, RowGroups groups, ICpWorkspace workspace, Matrix rowGradients, ReadOnlySpan<DeviceBuffer<float>> factorGradients);
}
