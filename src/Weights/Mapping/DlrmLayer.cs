namespace Dlrm.Weights.Mapping;

/// <summary>A linear layer of a DLRM.</summary>
/// <param name="Weight">(outputs, inputs).</param>
/// <param name="Bias">(outputs), or null.</param>
public sealed record DlrmLayer(StoredTensor Weight, StoredTensor? Bias)
{
    /// <summary>Gets the number of inputs.</summary>
    public long Inputs => Weight.Columns;

    /// <summary>Gets the number of outputs.</summary>
    public long Outputs => Weight.Rows;
}
