using Dlrm.Numerics;

namespace Dlrm.CommandLine.Bench.Measuring;

/// <content>Row evaluation of CP tables.</content>
internal sealed partial class MeasuringDevice
{
    /// <inheritdoc/>
    public ICpWorkspace CreateCpWorkspace() => inner.CreateCpWorkspace();

    /// <inheritdoc/>
    public void CpRows(CpShape shape, ReadOnlySpan<DeviceBuffer<float>> factors, RowGroups groups, ICpWorkspace workspace, Matrix rows)
    {
        long start = Start();
        inner.CpRows(shape, factors, groups, workspace, rows);
        Stop(start, nameof(CpRows), (double)groups.UniqueCount * shape.EmbeddingDim * shape.CpRank, 0);
    }

    /// <inheritdoc/>
    public void CpRowGradients(CpShape shape, ReadOnlySpan<DeviceBuffer<float>> factors, RowGroups groups, ICpWorkspace workspace, Matrix rowGradients, ReadOnlySpan<DeviceBuffer<float>> factorGradients)
    {
        long start = Start();
        inner.CpRowGradients(shape, factors, groups, workspace, rowGradients, factorGradients);
        Stop(start, nameof(CpRowGradients), 2.0 * groups.UniqueCount * shape.EmbeddingDim * shape.CpRank, 0);
    }
}
