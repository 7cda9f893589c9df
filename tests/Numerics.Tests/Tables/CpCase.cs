namespace Dlrm.Numerics.Tests.Tables;

/// <summary>A CP table: <c>E[i, j] = Σ_r Π_k A[k][n_k, r]</c>, n = [digits of i, digits of j].</summary>
public sealed class CpCase : TableCase
{
    private readonly CpShape _shape;
    private readonly ICpWorkspace _workspace;

    internal CpCase(IDevice device, CpShape shape)
        : base(device, shape.Rows, shape.EmbeddingDim, Enumerable.Range(0, shape.Order).Select(shape.FactorLength), shape.CpRank + shape.Order + 1)
    {
        _shape = shape;
        _workspace = device.CreateCpWorkspace();
    }

    public override long WorkspaceBytes => _workspace.Bytes;

    public override void Forward(RowGroups groups, Matrix rows) => Device.CpRows(_shape, Factors, groups, _workspace, rows);

    public override void Backward(RowGroups groups, Matrix rowGradients) =>
        Device.CpRowGradients(_shape, Factors, groups, _workspace, rowGradients, Gradients);

    public override void VisitTerms(long row, int column, TermVisitor visitor)
    {
        ArgumentNullException.ThrowIfNull(visitor);
        int[] digits = [.. Digits(row, _shape.RowModes), .. Digits(column, _shape.ColumnModes)];
        int[] term = new int[digits.Length];
        for (int r = 0; r < _shape.CpRank; r++)
        {
            for (int k = 0; k < term.Length; k++)
            {
                term[k] = (digits[k] * _shape.CpRank) + r;
            }

            visitor(term);
        }
    }

    protected override void Dispose(bool disposing)
    {
        _workspace.Dispose();
        base.Dispose(disposing);
    }
}
