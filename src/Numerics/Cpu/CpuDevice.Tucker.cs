using System.Diagnostics;
using Dlrm.Numerics.Kernels;

namespace Dlrm.Numerics.Cpu;

/// <content>Row evaluation of Tucker tables.</content>
public sealed partial class CpuDevice
{
    /// <inheritdoc/>
    public ITuckerWorkspace CreateTuckerWorkspace() => new CpuTuckerWorkspace();

    /// <inheritdoc/>
    public unsafe void TuckerRows(TuckerShape shape, ReadOnlySpan<DeviceBuffer<float>> factors, RowGroups groups, ITuckerWorkspace workspace, Matrix rows)
    {
        ArgumentNullException.ThrowIfNull(shape);
        ArgumentNullException.ThrowIfNull(groups);
        Debug.Assert(rows.Rows >= groups.UniqueCount && rows.Columns == shape.EmbeddingDim, "One row of J entries for each unique row.");
        CpuTuckerWorkspace own = (CpuTuckerWorkspace)workspace;
        if (groups.UniqueCount == 0)
        {
            return;
        }

        int p = shape.RowModes.Length;
        own.BuildTree(shape, factors, Pointer(groups.UniqueRows), groups.UniqueCount);
        own.Columns.Multiply(shape, factors[p..^1]);
        Gemm(own.GatherFirstRows(), false, own.PaddedCore(shape, factors[^1]), false, own.Levels[0].InterfaceMatrix());
        for (int k = 1; k < p; k++)
        {
            int pieces = TtmPiece.Pieces(own.Levels[k].Nodes.Count);
            _workers.Run(pieces, new TuckerRowsJob(own.Levels[k], own.Levels[k - 1], pieces));
        }

        Matrix last = own.Levels[p - 1].InterfaceMatrix().ColumnBlock(0, shape.ColumnRank);
        Gemm(last, false, own.Columns.Product(shape, factors[p..^1]), true, rows.RowBlock(0, groups.UniqueCount));
    }

    /// <inheritdoc/>
    public void TuckerRowGradients(TuckerShape shape, ReadOnlySpan<DeviceBuffer<float>> factors, RowGroups groups, ITuckerWorkspace workspace, Matrix rowGradients, ReadOnlySpan<DeviceBuffer<float>> factorGradients)
    {
        ArgumentNullException.ThrowIfNull(shape);
        ArgumentNullException.ThrowIfNull(groups);
        CpuTuckerWorkspace own = (CpuTuckerWorkspace)workspace;
        if (groups.UniqueCount == 0)
        {
            return;
        }

        int p = shape.RowModes.Length;
        TuckerLevel last = own.Levels[p - 1];
        Debug.Assert(last.Nodes.Count == groups.UniqueCount, "The workspace holds the forward pass of the same groups.");
        Matrix gradients = rowGradients.RowBlock(0, groups.UniqueCount);
        last.PrepareGradients();
        ClearPadding(last, shape.ColumnRank);
        Gemm(gradients, false, own.Columns.Product(shape, factors[p..^1]), false, last.GradientMatrix().ColumnBlock(0, shape.ColumnRank));
        Gemm(gradients, true, last.InterfaceMatrix().ColumnBlock(0, shape.ColumnRank), false, own.Columns.UseGradient(shape, factorGradients[p..^1]), accumulate: true);
        own.Columns.AddFactorGradients(shape, factors[p..^1], factorGradients[p..^1]);
        for (int k = p - 1; k > 0; k--)
        {
            TuckerLevel parents = own.Levels[k - 1];
            parents.PrepareGradients();
            int pieces = TtmPiece.Pieces(parents.Nodes.Count);
            _workers.Run(pieces, new TuckerRowGradientsJob(own.Levels[k], parents, pieces));
            SumRowGradients(own.Levels[k], factorGradients[k]);
        }

        TuckerLevel first = own.Levels[0];
        Gemm(first.GradientMatrix(), false, own.PaddedCore(shape, factors[^1]), true, first.RowGradientMatrix());
        SumRowGradients(first, factorGradients[0]);
        bool isPadded = TtmRowKernels.Padded(shape.ColumnRank) != shape.ColumnRank;
        Gemm(own.GatherFirstRows(), true, first.GradientMatrix(), false, own.PaddedCoreGradient(shape, factorGradients[^1]), accumulate: !isPadded);
        if (isPadded)
        {
            own.AddPaddedCoreGradient(shape, factorGradients[^1]);
        }
    }

    private static unsafe void ClearPadding(TuckerLevel last, int columnRank)
    {
        for (int node = 0; node < last.Nodes.Count && columnRank != last.Columns; node++)
        {
            new Span<float>(last.Gradient(node) + columnRank, last.Columns - columnRank).Clear();
        }
    }

    private void SumRowGradients(TuckerLevel level, DeviceBuffer<float> factorGradient)
    {
        level.Nodes.SortByDigit();
        int pieces = TtmPiece.Pieces(level.Nodes.Count);
        _workers.Run(pieces, new DigitSumsJob(level.Nodes, level.RowGradientMatrix(), (CpuBuffer<float>)factorGradient, pieces));
    }
}
