namespace Dlrm.Numerics.Tests.Tables;

/// <summary>A Tucker table: <c>E[i, j] = Σ_r G[r] · Π_k A[k][n_k, r_k]</c>, n = [digits of i, digits of j]; the core is the last buffer.</summary>
public sealed class TuckerCase : TableCase
{
    private readonly TuckerShape _shape;
    private readonly ITuckerWorkspace _workspace;

    internal TuckerCase(IDevice device, TuckerShape shape)
        : base(
            device, shape.Rows, shape.EmbeddingDim, Enumerable.Range(0, shape.Order).Select(shape.FactorLength).Append(shape.CoreLength),
            shape.CoreLength + shape.Ranks.ToArray().Sum() + shape.Order + 2)
    {
        _shape = shape;
        _workspace = device.CreateTuckerWorkspace();
    }

    public override long WorkspaceBytes => _workspace.Bytes;

    public override void Forward(RowGroups groups, Matrix rows) => Device.TuckerRows(_shape, Factors, groups, _workspace, rows);

    public override void Backward(RowGroups groups, Matrix rowGradients) =>
        Device.TuckerRowGradients(_shape, Factors, groups, _workspace, rowGradients, Gradients);

    public override void VisitTerms(long row, int column, TermVisitor visitor)
    {
        ArgumentNullException.ThrowIfNull(visitor);
        int[] digits = [.. Digits(row, _shape.RowModes), .. Digits(column, _shape.ColumnModes)];
        int[] term = new int[digits.Length + 1];
        for (int entry = 0; entry < _shape.CoreLength; entry++)
        {
            int[] r = Digits(entry, _shape.Ranks);
            for (int k = 0; k < digits.Length; k++)
            {
                term[k] = (digits[k] * _shape.Ranks[k]) + r[k];
            }

            term[^1] = entry;
            visitor(term);
        }
    }

    protected override void Dispose(bool disposing)
    {
        _workspace.Dispose();
        base.Dispose(disposing);
    }
}
