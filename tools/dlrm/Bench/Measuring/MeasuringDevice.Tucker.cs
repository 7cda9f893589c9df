using Dlrm.Numerics;

namespace Dlrm.CommandLine.Bench.Measuring;

/// <content>Row evaluation of Tucker tables.</content>
internal sealed partial class MeasuringDevice
{
    /// <inheritdoc/>
    public ITuckerWorkspace CreateTuckerWorkspace() => inner.CreateTuckerWorkspace();

    /// <inheritdoc/>
    public void TuckerRows(TuckerShape shape, ReadOnlySpan<DeviceBuffer<float>> factors, RowGroups groups, ITuckerWorkspace workspace, Matrix rows)
    {
        long start = Start();
        inner.TuckerRows(shape, factors, groups, workspace, rows);
        Stop(start, nameof(TuckerRows), 0, 0);
    }

    /// <inheritdoc/>
    public void TuckerRowGradients(TuckerShape shape, ReadOnlySpan<DeviceBuffer<float>> factors, RowGroups groups, ITuckerWorkspace workspace, Matrix rowGradients, ReadOnlySpan<DeviceBuffer<float>> factorGradients)
    {
        long start = Start();
        inner.TuckerRowGradients(shape, factors, groups, workspace, rowGradients, factorGradients);
        Stop(start, nameof(TuckerRowGradients), 0, 0);
    }
}
