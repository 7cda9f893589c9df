namespace Dlrm.Numerics.Cpu;

/// <summary>Computes the rows of one part from its tree to its last level.</summary>
internal readonly unsafe struct TtmPartRowsJob : IPieceJob
{
    private readonly CpuTtmWorkspace _workspace;
    private readonly TtmShape _shape;
    private readonly long* _ids;
    private readonly float* _rows;
    private readonly long _rowStride;

    /// <summary>Initializes a new instance of the <see cref="TtmPartRowsJob"/> struct.</summary>
    /// <param name="workspace">Has the parts; a piece is a part.</param>
    /// <param name="shape">The shape.</param>
    /// <param name="ids">The unique rows, ascending.</param>
    /// <param name="rows">Receive the rows.</param>
    /// <param name="rowStride">The elements between two of them.</param>
    internal TtmPartRowsJob(CpuTtmWorkspace workspace, TtmShape shape, long* ids, float* rows, long rowStride)
    {
        _workspace = workspace;
        _shape = shape;
        _ids = ids;
        _rows = rows;
        _rowStride = rowStride;
    }

    /// <inheritdoc/>
    public void Run(int piece)
    {
        TtmPart part = _workspace.Parts[piece];
        int first = _workspace.FirstRow(piece);
        part.Build(_shape, _ids + first, _workspace.FirstRow(piece + 1) - first);
        part.UseCores(_workspace.Slabs.AsSpan(0, _shape.Order));
        TtmLevel last = part.Levels[_shape.Order - 1];
        last.Output = _rows + (first * _rowStride);
        last.OutputStride = _rowStride;
        for (int k = 1; k < _shape.Order; k++)
        {
            TtmLevel level = part.Levels[k];
            if (level != last)
            {
                level.UseOwnInterfaces();
            }

            if (level.IsNarrow)
            {
                new TtmNarrowRowsJob(level, part.Levels[k - 1], Pieces: 1).Run(0);
            }
            else
            {
                level.SortByDigit();
                new TtmRowsJob(level, part.Levels[k - 1], _workspace.Scratch, Pieces: 1).Run(0);
            }
        }
    }
}
