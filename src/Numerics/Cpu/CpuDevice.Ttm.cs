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

        for (int k = 1; k < shape.Order; k++)
        {
            TtmLevel level = own.Levels[k];
            if (k < shape.Order - 1)
            {
                level.UseOwnInterfaces();
            }
            else
            {
                level.Output = Pointer(rows);
                level.OutputStride = rows.Stride;
            }

            int pieces = TtmPiece.Pieces(level.Count);
            _workers.Run(pieces, new TtmRowsJob(level, own.Levels[k - 1], own.Scratch, pieces));
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
        for (int k = 0; k < shape.Order; k++)
        {
            own.Levels[k].SlabGradients = Pointer(coreGradients[k]);
        }

        if (shape.Order == 1)
        {
            AddToSlabs(own.Levels[0], rowGradients);
            return;
        }

        TtmLevel last = own.Levels[shape.Order - 1];
        last.OutputGradient = Pointer(rowGradients);
        last.OutputGradientStride = rowGradients.Stride;
        for (int k = shape.Order - 1; k > 0; k--)
        {
            TtmLevel level = own.Levels[k];
            TtmLevel parents = own.Levels[k - 1];
            level.PrepareChildGradients();
            if (k > 1)
            {
                parents.UseOwnInterfaceGradients();
            }

            int pieces = TtmPiece.Pieces(level.Count);
            _workers.Run(pieces, new TtmRowGradientsJob(level, parents, own.Scratch, pieces));
            int sumPieces = TtmPiece.Pieces(parents.Count);
            _workers.Run(sumPieces, new TtmChildSumsJob(parents, level, sumPieces));
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

    private static unsafe void CopySlabs(TtmLevel level, Matrix rows)
    {
        for (int node = 0; node < level.Count; node++)
        {
            new ReadOnlySpan<float>(level.Interface(node), level.SlabLength)
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
}
