namespace Dlrm.Numerics.Tests.Tables;

/// <summary>A ring: <c>E[i, j] = Σ over r_0 … r_(d-1) of Π_k G[k][i_k][r_k, j_k, r_(k+1)]</c>, r_d = r_0.</summary>
public sealed class RingCase : TableCase
{
    private readonly RingShape _shape;
    private readonly ITtmWorkspace _workspace;

    internal RingCase(IDevice device, RingShape shape)
        : base(device, shape.Rows, shape.EmbeddingDim, Enumerable.Range(0, shape.Order).Select(shape.CoreLength), RoundingsOf(shape))
    {
        _shape = shape;
        _workspace = device.CreateTtmWorkspace();
    }

    public override long WorkspaceBytes => _workspace.Bytes;

    public override void Forward(RowGroups groups, Matrix rows) => Device.RingRows(_shape, Factors, groups, _workspace, rows);

    public override void Backward(RowGroups groups, Matrix rowGradients) =>
        Device.RingRowGradients(_shape, Factors, groups, _workspace, rowGradients, Gradients);

    public override void VisitTerms(long row, int column, TermVisitor visitor)
    {
        ArgumentNullException.ThrowIfNull(visitor);
        int[] i = Digits(row, _shape.RowModes);
        int[] j = Digits(column, _shape.ColumnModes);
        int[] ranks = _shape.Ranks[..^1].ToArray();
        int[] term = new int[ranks.Length];
        int terms = ranks.Aggregate(1, (product, r) => product * r);
        for (int t = 0; t < terms; t++)
        {
            int[] r = Digits(t, ranks);
            for (int k = 0; k < term.Length; k++)
            {
                int next = r[(k + 1) % r.Length];
                term[k] = (i[k] * _shape.SlabLength(k)) + (((r[k] * _shape.ColumnModes[k]) + j[k]) * _shape.Ranks[k + 1]) + next;
            }

            visitor(term);
        }
    }

    protected override void Dispose(bool disposing)
    {
        _workspace.Dispose();
        base.Dispose(disposing);
    }

    private static int RoundingsOf(RingShape shape)
    {
        int sum = shape.Order + (shape.LoopRank * shape.Ranks[^2]);
        for (int k = 0; k < shape.Order; k++)
        {
            sum += shape.Ranks[k] + (shape.ColumnModes[k] * shape.Ranks[k + 1]);
        }

        return sum;
    }
}
