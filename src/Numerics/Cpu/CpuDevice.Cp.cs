using System.Diagnostics;

namespace Dlrm.Numerics.Cpu;

/// <content>Row evaluation of CP tables.</content>
public sealed partial class CpuDevice
{
    /// <inheritdoc/>
    public ICpWorkspace CreateCpWorkspace() => new CpuCpWorkspace();

    /// <inheritdoc/>
    public unsafe void CpRows(CpShape shape, ReadOnlySpan<DeviceBuffer<float>> factors, RowGroups groups, ICpWorkspace workspace, Matrix rows)
    {
        ArgumentNullException.ThrowIfNull(shape);
        ArgumentNullException.ThrowIfNull(groups);
        Debug.Assert(rows.Rows >= groups.UniqueCount && rows.Columns == shape.EmbeddingDim, "One row of J entries for each unique row.");
        CpuCpWorkspace own = (CpuCpWorkspace)workspace;
        if (groups.UniqueCount == 0)
        {
            return;
        }

        int p = shape.RowModes.Length;
        own.Rows.Multiply(_workers, shape.RowModes, factors[..p], shape.CpRank, Pointer(groups.UniqueRows), groups.UniqueCount);
        own.Columns.Multiply(_workers, shape.ColumnModes, factors[p..], shape.CpRank, own.AllColumns(shape.EmbeddingDim), shape.EmbeddingDim);
        Gemm(own.Rows.Products, false, own.Columns.Products, true, rows.RowBlock(0, groups.UniqueCount));
    }

    /// <inheritdoc/>
    public void CpRowGradients(CpShape shape, ReadOnlySpan<DeviceBuffer<float>> factors, RowGroups groups, ICpWorkspace workspace, Matrix rowGradients, ReadOnlySpan<DeviceBuffer<float>> factorGradients)
    {
        ArgumentNullException.ThrowIfNull(shape);
        ArgumentNullException.ThrowIfNull(groups);
        CpuCpWorkspace own = (CpuCpWorkspace)workspace;
        if (groups.UniqueCount == 0)
        {
            return;
        }

        Debug.Assert(own.Rows.Count == groups.UniqueCount, "The workspace holds the forward pass of the same groups.");
        int p = shape.RowModes.Length;
        Matrix gradients = rowGradients.RowBlock(0, groups.UniqueCount);
        Gemm(gradients, false, own.Columns.Products, false, own.Rows.UseGradients());
        Gemm(gradients, true, own.Rows.Products, false, own.Columns.UseGradients());
        own.Rows.AddFactorGradients(_workers, factorGradients[..p]);
        own.Columns.AddFactorGradients(_workers, factorGradients[p..]);
    }
}
