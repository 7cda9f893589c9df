namespace Dlrm.Numerics;

/// <content>Row evaluation of TT-matrix tables.</content>
public partial interface IDevice
{
    /// <summary>Makes scratch memory for the two operators below; it grows with the batches that it sees.</summary>
    /// <returns>The workspace; the caller disposes it.</returns>
    ITtmWorkspace CreateTtmWorkspace();

    /// <summary>Evaluates the unique rows of a batch from the cores.</summary>
    /// <remarks>
    /// <code>rows[u, :] = E[UniqueRows[u], :]      (see TtmShape)</code>
    /// <para>Algorithm: unique prefixes (i0..ik) of each level are grouped by their last digit ik, so that each slab is read once per batch; the
    /// left interfaces of every level stay in the workspace for <see cref="TtmRowGradients"/>.</para>
    /// </remarks>
    /// <param name="shape">The shape; ranks are the true ones.</param>
    /// <param name="cores">d buffers, each CoreLength(k) long or longer.</param>
    /// <param name="groups">The grouped bags; every row is in [0, Rows).</param>
    /// <param name="workspace">Receives the interfaces.</param>
    /// <param name="rows">Receives (U, J).</param>
    void TtmRows(TtmShape shape, ReadOnlySpan<DeviceBuffer<float>> cores, RowGroups groups, ITtmWorkspace workspace, Matrix rows);

    /// <summary>Adds the gradient of <see cref="TtmRows"/> with respect to every core.</summary>
    /// <remarks><code>coreGradients[k] += ∂ Σ_u rows[u, :]·rowGradients[u, :] / ∂ cores[k]      slabs without a row in the batch are not touched</code></remarks>
    /// <param name="shape">The shape.</param>
    /// <param name="cores">d buffers, unchanged since the forward pass.</param>
    /// <param name="groups">The grouped bags of the forward pass.</param>
    /// <param name="workspace">As the forward pass left it.</param>
    /// <param name="rowGradients">(U, J).</param>
    /// <param name="coreGradients">d buffers that are added to.</param>
    void TtmRowGradients(TtmShape shape, ReadOnlySpan<DeviceBuffer<float>> cores, RowGroups groups, ITtmWorkspace workspace, Matrix rowGradients, ReadOnlySpan<DeviceBuffer<float>> coreGradients);
}
