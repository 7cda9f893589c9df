namespace Dlrm.Numerics;

/// <content>Row evaluation of tensor-ring tables.</content>
public partial interface IDevice
{
    /// <summary>Evaluates the unique rows of a batch from the cores of a tensor ring.</summary>
    /// <remarks>
    /// <code>
    /// rows[u, :] = E[UniqueRows[u], :]      (see RingShape)
    /// rows[u, (j', j)] = Σ_a Σ_s L[a, j', s] · G[d-1][i(d-1)][s, j, a]      L: the left interface of the first d-1 cores, j' over Π J[0..d-1)
    /// </code>
    /// <para>Algorithm: as <see cref="TtmRows"/> up to the last core, the loop's index carried along as rows of the interface; the last core closes the trace
    /// in one product of inner length R[0]·R[d-1]. The interfaces stay in the workspace for <see cref="RingRowGradients"/>.</para>
    /// </remarks>
    /// <param name="shape">The shape; ranks are the true ones.</param>
    /// <param name="cores">d buffers, each CoreLength(k) long or longer.</param>
    /// <param name="groups">The grouped bags; every row is in [0, Rows).</param>
    /// <param name="workspace">Receives the interfaces; made by <see cref="CreateTtmWorkspace"/>.</param>
    /// <param name="rows">Receives (U, J).</param>
    void RingRows(RingShape shape, ReadOnlySpan<DeviceBuffer<float>> cores, RowGroups groups, ITtmWorkspace workspace, Matrix rows);

    /// <summary>Adds the gradient of <see cref="RingRows"/> with respect to every core.</summary>
    /// <remarks><code>coreGradients[k] += ∂ Σ_u rows[u, :]·rowGradients[u, :] / ∂ cores[k]      slabs without a row in the batch are not touched</code></remarks>
    /// <param name="shape">The shape.</param>
    /// <param name="cores">d buffers, unchanged since the forward pass.</param>
    /// <param name="groups">The grouped bags of the forward pass.</param>
    /// <param name="workspace">As the forward pass left it.</param>
    /// <param name="rowGradients">(U, J).</param>
    /// <param name="coreGradients">d buffers that are added to.</param>
    void RingRowGradients(RingShape shape, ReadOnlySpan<DeviceBuffer<float>> cores, RowGroups groups, ITtmWorkspace workspace, Matrix rowGradients, ReadOnlySpan<DeviceBuffer<float>> coreGradients);
}
