using Dlrm.Numerics;

namespace Dlrm.CommandLine.Bench.Measuring;

/// <content>Row evaluation of TT-matrix tables.</content>
internal sealed partial class MeasuringDevice
{
    /// <inheritdoc/>
    public ITtmWorkspace CreateTtmWorkspace() => inner.CreateTtmWorkspace();

    /// <inheritdoc/>
    public void TtmRows(TtmShape shape, ReadOnlySpan<DeviceBuffer<float>> cores, RowGroups groups, ITtmWorkspace workspace, Matrix rows)
    {
        double work = PrefixWork(shape, groups);
        long start = Start();
        inner.TtmRows(shape, cores, groups, workspace, rows);
        Stop(start, nameof(TtmRows), work, 0);
    }

    /// <inheritdoc/>
    public void TtmRowGradients(TtmShape shape, ReadOnlySpan<DeviceBuffer<float>> cores, RowGroups groups, ITtmWorkspace workspace, Matrix rowGradients, ReadOnlySpan<DeviceBuffer<float>> coreGradients)
    {
        double work = PrefixWork(shape, groups);
        long start = Start();
        inner.TtmRowGradients(shape, cores, groups, workspace, rowGradients, coreGradients);
        Stop(start, nameof(TtmRowGradients), 2 * work, 0);
    }
}
