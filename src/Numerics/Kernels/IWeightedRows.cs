namespace Dlrm.Numerics.Kernels;

/// <summary>Says which rows are summed, and with what weights.</summary>
internal unsafe interface IWeightedRows
{
    /// <summary>Gets the address of row t's first element.</summary>
    /// <param name="t">The row.</param>
    /// <returns>The address.</returns>
    float* Row(int t);

    /// <summary>Gets the weight of row t.</summary>
    /// <param name="t">The row.</param>
    /// <returns>The weight.</returns>
    float Weight(int t);
}
