namespace Dlrm.Embeddings;

/// <summary>A full tensor as the product of two matrices that are low-rank formats themselves: W = L·C.</summary>
/// <param name="Size">s, the columns of L (Rows × s) and the rows of C (s × Columns).</param>
/// <param name="Left">L, row by row.</param>
/// <param name="Right">C, row by row; or Cᵀ.</param>
/// <param name="IsRightTransposed">Whether <paramref name="Right"/> is Cᵀ (Columns × s).</param>
public sealed record WeightSplit(int Size, SplitSide Left, SplitSide Right, bool IsRightTransposed)
{
    /// <summary>Gets the multiply-adds that evaluate both.</summary>
    public double MultiplyAdds { get; } = Left.Format.MultiplyAddsOfAllRows + Right.Format.MultiplyAddsOfAllRows;
}
