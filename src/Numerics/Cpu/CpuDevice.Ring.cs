using System.Diagnostics;

namespace Dlrm.Numerics.Cpu;

/// <content>Row evaluation of tensor-ring tables: the open chain as a TT-matrix, the last core by <see cref="RingLevel"/>.</content>
public sealed partial class CpuDevice
{
    /// <inheritdoc/>
    public unsafe void RingRows(RingShape shape, ReadOnlySpan<DeviceBuffer<float>> cores, RowGroups groups, ITtmWorkspace workspace, Matrix rows)
    {
        ArgumentNullException.ThrowIfNull(shape);
        ArgumentNullException.ThrowIfNull(groups);
        Debug.Assert(rows.Rows >= groups.UniqueCount && rows.Columns == shape.EmbeddingDim, "One row of J entries for each unique row.");
        CpuTtmWorkspace own = (CpuTtmWorkspace)workspace;
        if (groups.UniqueCount == 0)
        {
            return;
        }

        own.BuildTree(shape.Open, Pointer(groups.UniqueRows), groups.UniqueCount);
        UseCores(shape.Open, cores, own);
        int last = shape.Order - 1;
        for (int k = 1; k < last; k++)
        {
            own.Levels[k].UseOwnInterfaces();
            RunLevel(own, k);
        }

        UseOutput(own.Levels[last], rows);
        own.Levels[last].SortByDigit();
        RingLevel ring = new(own.Levels[last], own.Levels[last - 1], shape.LoopRank);
        own.Scratch.Grow(ring.ScratchLength);
        _workers.Run(ring.Pieces, new RingRowsJob(ring, own.Scratch, ring.Pieces));
    }

    /// <inheritdoc/>
    public void RingRowGradients(RingShape shape, ReadOnlySpan<DeviceBuffer<float>> cores, RowGroups groups, ITtmWorkspace workspace, Matrix rowGradients, ReadOnlySpan<DeviceBuffer<float>> coreGradients)
    {
        ArgumentNullException.ThrowIfNull(shape);
        ArgumentNullException.ThrowIfNull(groups);
        CpuTtmWorkspace own = (CpuTtmWorkspace)workspace;
        if (groups.UniqueCount == 0)
        {
            return;
        }

        int last = shape.Order - 1;
        Debug.Assert(own.Levels[last].Count == groups.UniqueCount, "The workspace holds the forward pass of the same groups.");
        UseCores(shape.Open, cores, own);
        UseCoreGradients(shape.Open, coreGradients, own);
        UseOutputGradient(own, last, rowGradients);
        UseGradientsBelow(own, last);
        RingLevel ring = new(own.Levels[last], own.Levels[last - 1], shape.LoopRank);
        _workers.Run(own.PartCount, new TtmPartSortJob(own, shape.Order));
        _workers.Run(ring.Pieces, new RingRowGradientsJob(ring, own.Scratch, ring.Pieces));
        SumChildren(own, last);
        for (int k = last - 1; k > 0; k--)
        {
            UseGradientsBelow(own, k);
            RunLevelGradients(shape.Open, own, k);
        }

        AddFirstCoreGradient(own);
    }
}
