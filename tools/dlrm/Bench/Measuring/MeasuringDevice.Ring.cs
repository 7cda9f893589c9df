using Dlrm.Numerics;

namespace Dlrm.CommandLine.Bench.Measuring;

/// <content>Row evaluation of tensor-ring tables.</content>
internal sealed partial class MeasuringDevice
{
    /// <inheritdoc/>
    public void RingRows(RingShape shape, ReadOnlySpan<DeviceBuffer<float>> cores, RowGroups groups, ITtmWorkspace workspace, Matrix rows)
    {
        long start = Start();
        inner.RingRows(shape, cores, groups, workspace, rows);
        Stop(start, nameof(RingRows), 0, 0);
    }

    /// <inheritdoc/>
    public void RingRowGradients(RingShape shape, ReadOnlySpan<DeviceBuffer<float>> cores, RowGroups groups, ITtmWorkspace workspace, Matrix rowGradients, ReadOnlySpan<DeviceBuffer<float>> coreGradients)
    {
        long start = Start();
        inner.RingRowGradients(shape, cores, groups, workspace, rowGradients, coreGradients);
        Stop(start, nameof(RingRowGradients), 0, 0);
    }
}
