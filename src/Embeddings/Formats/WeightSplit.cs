namespace Dlrm.Embeddings;

/// <summary>What is counted of a full tensor split into two matrices, W = L·C.</summary>
/// <param name="Size">s, the columns of L (rows × s) and the rows of C (s × columns).</param>
/// <param name="MultiplyAdds">The multiply-adds that evaluate both.</param>
public readonly record struct WeightSplit(int Size, double MultiplyAdds);
