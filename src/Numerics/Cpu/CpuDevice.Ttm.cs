namespace Dlrm.Numerics.Cpu;

/// <content>Row evaluation of TT-matrix tables.</content>
public sealed partial class CpuDevice
{
    /// <inheritdoc/>
    public ITtmWorkspace CreateTtmWorkspace() => throw new NotImplementedException();

    /// <inheritdoc/>
    public void TtmRows(TtmShape shape, ReadOnlySpan<DeviceBuffer<float>> cores, RowGroups groups, ITtmWorkspace workspace, Matrix rows) => throw new NotImplementedException();

    /// <inheritdoc/>
    public void TtmRowGradients(TtmShape shape, ReadOnlySpan<DeviceBuffer<float>> cores, RowGroups groups, ITtmWorkspace workspace, Matrix rowGradients, ReadOnlySpan<DeviceBuffer<float>> coreGradients) => throw new NotImplementedException();
}
