namespace Dlrm.Numerics;

/// <content>Brick walls of two-site gates: the tensors of an ADTN.</content>
public partial interface IDevice
{
    /// <summary>Contracts a brick wall.</summary>
    /// <remarks>
    /// <code>states[m] = σ(L[m] states[m − 1]),  states[−1] = v ⊗ … ⊗ v      (see BrickWallShape; no σ after the last layer)</code>
    /// <para>Cost: 4·M·(Q − 1)·2^Q multiply-adds; every layer reads and writes its state once for each pass of about 9 sites.</para>
    /// </remarks>
    /// <param name="shape">The shape.</param>
    /// <param name="gates">The gates.</param>
    /// <param name="states">Receives the output of every layer, (M, 2^Q); the last is the tensor.</param>
    void BrickWall(BrickWallShape shape, ReadOnlySpan<float> gates, DeviceBuffer<float> states);

    /// <summary>Computes the gradient of <see cref="BrickWall"/> with respect to every gate.</summary>
    /// <remarks>
    /// <code>gateGradients = ∂ Σ_i states[M − 1, i]·gradient[i] / ∂ gates</code>
    /// <para>Inside a layer the inputs of its gates are computed again, column by column in cache: one state a layer is kept, not one a gate.
    /// Cost: three times the forward pass.</para>
    /// <para>Order: products are summed in float within a column of 16 entries, over columns in double, fixed pieces in order.</para>
    /// </remarks>
    /// <param name="shape">The shape.</param>
    /// <param name="gates">The gates, unchanged since the forward pass.</param>
    /// <param name="states">As the forward pass left them.</param>
    /// <param name="workspace">Is overwritten; WorkspaceLength floats or more.</param>
    /// <param name="gradient">The gradient of the tensor, 2^Q; is overwritten.</param>
    /// <param name="gateGradients">Receives the gradients, as long as the gates.</param>
    void BrickWallGradients(
        BrickWallShape shape, ReadOnlySpan<float> gates, DeviceBuffer<float> states, DeviceBuffer<float> workspace, DeviceBuffer<float> gradient, Span<double> gateGradients);
}
