namespace Dlrm.Weights.Mapping;

/// <summary>An embedding table of a DLRM.</summary>
/// <param name="Name">Its feature's name.</param>
/// <param name="Weight">(rows, dim).</param>
public sealed record DlrmTable(string Name, StoredTensor Weight)
{
    /// <summary>Gets the number of rows.</summary>
    public long Rows => Weight.Rows;

    /// <summary>Gets the length of a row.</summary>
    public long Dim => Weight.Columns;
}
