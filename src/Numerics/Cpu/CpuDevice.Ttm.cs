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

        int parts = shape.Order == 1 ? 1 : CpuTtmWorkspace.PartsOf(groups.UniqueCount);
        if (parts > 1)
        {
            own.Prepare(shape, groups.UniqueCount, parts);
            NoteCores(shape, cores, own);
            _workers.Run(parts, new TtmPartRowsJob(own, shape, Pointer(groups.UniqueRows), Pointer(rows), rows.Stride));
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

        Debug.Assert(own.Count == groups.UniqueCount, "The workspace holds the forward pass of the same groups.");
        UseCores(shape, cores, own);
        UseCoreGradients(shape, coreGradients, own);
        if (shape.Order == 1)
        {
            AddToSlabs(own.Levels[0], Pointer(rowGradients), rowGradients.Stride);
            return;
        }

        UseOutputGradient(own, shape.Order - 1, rowGradients);
        _workers.Run(own.PartCount, new TtmPartSortJob(own, shape.Order));
        for (int k = shape.Order - 1; k > 0; k--)
        {
            UseGradientsBelow(own, k);
            RunLevelGradients(shape, own, k);
        }

        AddFirstCoreGradient(own);
    }

    private static unsafe void UseOutput(TtmLevel last, Matrix rows)
    {
        last.Output = Pointer(rows);
        last.OutputStride = rows.Stride;
    }

    private static unsafe void UseOutputGradient(CpuTtmWorkspace workspace, int k, Matrix rowGradients)
    {
        for (int part = 0; part < workspace.PartCount; part++)
        {
            TtmLevel last = workspace.Parts[part].Levels[k];
            last.OutputGradient = Pointer(rowGradients) + ((long)workspace.FirstRow(part) * rowGradients.Stride);
            last.OutputGradientStride = rowGradients.Stride;
        }
    }

    private static void UseGradientsBelow(CpuTtmWorkspace workspace, int k)
    {
        foreach (TtmPart part in workspace.Parts)
        {
            part.Levels[k].PrepareChildGradients();
            part.Levels[k - 1].UseOwnInterfaceGradients();
        }
    }

    private static unsafe void NoteCores(TtmShape shape, ReadOnlySpan<DeviceBuffer<float>> cores, CpuTtmWorkspace workspace)
    {
        for (int k = 0; k < shape.Order; k++)
        {
            Debug.Assert(cores[k].Length >= shape.CoreLength(k), "A core holds I[k] slabs.");
            workspace.Slabs[k] = (nint)Pointer(cores[k]);
        }
    }

    private static void UseCores(TtmShape shape, ReadOnlySpan<DeviceBuffer<float>> cores, CpuTtmWorkspace workspace)
    {
        NoteCores(shape, cores, workspace);
        foreach (TtmPart part in workspace.Parts)
        {
            part.UseCores(workspace.Slabs.AsSpan(0, shape.Order));
        }
    }

    private static unsafe void UseCoreGradients(TtmShape shape, ReadOnlySpan<DeviceBuffer<float>> coreGradients, CpuTtmWorkspace workspace)
    {
        foreach (TtmPart part in workspace.Parts)
        {
            for (int k = 0; k < shape.Order; k++)
            {
                part.Levels[k].SlabGradients = Pointer(coreGradients[k]);
            }
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

    private static unsafe void AddToSlabs(TtmLevel level, float* gradients, long stride)
    {
        for (int node = 0; node < level.Count; node++)
        {
            Span<float> gradient = new(level.SlabGradients + ((long)level.Digit[node] * level.SlabLength), level.SlabLength);
            TensorPrimitives.Add(gradient, new ReadOnlySpan<float>(gradients + (node * stride), level.SlabLength), gradient);
        }
    }

    private static unsafe void AddFirstCoreGradient(CpuTtmWorkspace workspace)
    {
        foreach (TtmPart part in workspace.Parts)
        {
            AddToSlabs(part.Levels[0], part.Levels[0].OutputGradient, part.Levels[0].OutputGradientStride);
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

    private void RunLevelGradients(TtmShape shape, CpuTtmWorkspace workspace, int k)
    {
        int nodes = 0;
        foreach (TtmPart part in workspace.Parts)
        {
            nodes += part.Levels[k].Count;
        }

        int pieces = Math.Min(TtmPiece.Pieces(nodes), shape.RowModes[k]);
        _workers.Run(pieces, new TtmRowGradientsJob(workspace, k, shape.RowModes[k], pieces));
        SumChildren(workspace, k);
    }

    private void SumChildren(CpuTtmWorkspace workspace, int k)
    {
        int piecesInPart = workspace.PartCount > 1 ? 1 : TtmPiece.Pieces(workspace.Levels[k - 1].Count);
        _workers.Run(workspace.PartCount * piecesInPart, new TtmChildSumsJob(workspace, k - 1, piecesInPart));
    }
}
