using System.Diagnostics;
using System.Numerics.Tensors;

namespace Dlrm.Numerics.Cpu;

/// <content>Row evaluation of TT-matrix tables.</content>
public sealed partial class CpuDevice
{
    /// <inheritdoc/>
    public ITtmWorkspace CreateTtmWorkspace() => new CpuTtmWorkspace(_workers.Threads);

    /// <inheritdoc/>
    public unsafe void TtmRows(TtmShape shape, ReadOnlySpan<DeviceBuffer<float>> cores, RowGroups groups, ITtmWorkspace workspace, Matrix rows)
    {
        ArgumentNullException.ThrowIfNull(shape);
        ArgumentNullException.ThrowIfNull(groups);
        Debug.Assert(rows.Rows >= groups.UniqueCount && rows.Columns == shape.EmbeddingDim, "One row of J entries for each unique row.");
        CpuTtmWorkspace own = (CpuTtmWorkspace)workspace;
        if (groups.UniqueCount == 0)
        {
            return;
        }

        own.BuildTree(shape, Pointer(groups.UniqueRows), groups.UniqueCount);
        UseCores(shape, cores, own);
        if (shape.Order == 1)
        {
            CopySlabs(own.Levels[0], rows);
            return;
        }

        UseOutput(own.Levels[shape.Order - 1], rows);
        for (int k = 1; k < shape.Order; k++)
        {
            if (k < shape.Order - 1)
            {
                own.Levels[k].UseOwnInterfaces();
            }

            RunLevel(own, k);
        }
    }

    /// <inheritdoc/>
    public unsafe void TtmRowGradients(TtmShape shape, ReadOnlySpan<DeviceBuffer<float>> cores, RowGroups groups, ITtmWorkspace workspace, Matrix rowGradients, ReadOnlySpan<DeviceBuffer<float>> coreGradients)
    {
        ArgumentNullException.ThrowIfNull(shape);
        ArgumentNullException.ThrowIfNull(groups);
        CpuTtmWorkspace own = (CpuTtmWorkspace)workspace;
        if (groups.UniqueCount == 0)
        {
            return;
        }

        Debug.Assert(own.Levels[shape.Order - 1].Count == groups.UniqueCount, "The workspace holds the forward pass of the same groups.");
        UseCores(shape, cores, own);
        UseCoreGradients(shape, coreGradients, own);
        if (shape.Order == 1)
        {
            AddToSlabs(own.Levels[0], rowGradients);
            return;
        }

        UseOutputGradient(own.Levels[shape.Order - 1], rowGradients);
        for (int k = shape.Order - 1; k > 0; k--)
        {
            UseGradientsBelow(own, k);
            RunLevelGradients(own, k);
        }
    }

    private static unsafe void UseOutput(TtmLevel last, Matrix rows)
    {
        last.Output = Pointer(rows);
        last.OutputStride = rows.Stride;
    }

    private static unsafe void UseOutputGradient(TtmLevel last, Matrix rowGradients)
    {
        last.OutputGradient = Pointer(rowGradients);
        last.OutputGradientStride = rowGradients.Stride;
    }

    private static void UseGradientsBelow(CpuTtmWorkspace workspace, int k)
    {
        workspace.Levels[k].PrepareChildGradients();
        if (k > 1)
        {
            workspace.Levels[k - 1].UseOwnInterfaceGradients();
        }
    }

    private static unsafe void UseCores(TtmShape shape, ReadOnlySpan<DeviceBuffer<float>> cores, CpuTtmWorkspace workspace)
    {
        for (int k = 0; k < shape.Order; k++)
        {
            Debug.Assert(cores[k].Length >= shape.CoreLength(k), "A core holds I[k] slabs.");
            workspace.Levels[k].Slabs = Pointer(cores[k]);
        }
    }

    private static unsafe void UseCoreGradients(TtmShape shape, ReadOnlySpan<DeviceBuffer<float>> coreGradients, CpuTtmWorkspace workspace)
    {
        for (int k = 0; k < shape.Order; k++)
        {
            workspace.Levels[k].SlabGradients = Pointer(coreGradients[k]);
        }
    }

    private static unsafe void CopySlabs(TtmLevel level, Matrix rows)
    {
        NodeBlocks slabs = level.Interfaces();
        for (int node = 0; node < level.Count; node++)
        {
            new ReadOnlySpan<float>(slabs.Of(node), level.SlabLength)
                .CopyTo(new Span<float>(Pointer(rows) + ((long)node * rows.Stride), level.SlabLength));
        }
    }

    private static unsafe void AddToSlabs(TtmLevel level, Matrix rowGradients)
    {
        for (int node = 0; node < level.Count; node++)
        {
            Span<float> gradient = new(level.SlabGradients + ((long)level.Digit[node] * level.SlabLength), level.SlabLength);
            TensorPrimitives.Add(gradient, new ReadOnlySpan<float>(Pointer(rowGradients) + ((long)node * rowGradients.Stride), level.SlabLength), gradient);
        }
    }

    private void RunLevel(CpuTtmWorkspace workspace, int k)
    {
        TtmLevel level = workspace.Levels[k];
        int pieces = TtmPiece.Pieces(level.Count);
        if (level.IsNarrow)
        {
            _workers.Run(pieces, new TtmNarrowRowsJob(level, workspace.Levels[k - 1], pieces));
            return;
        }

        level.SortByDigit();
        _workers.Run(pieces, new TtmRowsJob(level, workspace.Levels[k - 1], workspace.Scratch, pieces));
    }

    private void RunLevelGradients(CpuTtmWorkspace workspace, int k)
    {
        TtmLevel level = workspace.Levels[k];
        level.SortByDigit();
        int pieces = TtmPiece.Pieces(level.Count);
        _workers.Run(pieces, new TtmRowGradientsJob(level, workspace.Levels[k - 1], workspace.Scratch, pieces));
        SumChildren(workspace, k);
    }

    private void SumChildren(CpuTtmWorkspace workspace, int k)
    {
        TtmLevel parents = workspace.Levels[k - 1];
        int pieces = TtmPiece.Pieces(parents.Count);
        _workers.Run(pieces, new TtmChildSumsJob(parents, workspace.Levels[k], pieces));
    }
}
