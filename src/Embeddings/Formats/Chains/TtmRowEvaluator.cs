using Dlrm.Numerics;

namespace Dlrm.Embeddings;

/// <summary>Rows of a TT-matrix by the device's grouped operators.</summary>
/// <param name="device">The device.</param>
internal sealed class TtmRowEvaluator(IDevice device) : IRowEvaluator
{
    private readonly ITtmWorkspace _workspace = device.CreateTtmWorkspace();

    /// <inheritdoc/>
    public void Rows(LowRankFormat format, ReadOnlySpan<DeviceBuffer<float>> factors, RowGroups groups, Matrix rows) =>
        device.TtmRows(((TtmFormat)format).Shape, factors, groups, _workspace, rows);

    /// <inheritdoc/>
    public void RowGradients(LowRankFormat format, ReadOnlySpan<DeviceBuffer<float>> factors, RowGroups groups, Matrix rowGradients, ReadOnlySpan<DeviceBuffer<float>> factorGradients) =>
        device.TtmRowGradients(((TtmFormat)format).Shape, factors, groups, _workspace, rowGradients, factorGradients);

    /// <inheritdoc/>
    public void Dispose() => _workspace.Dispose();
}
