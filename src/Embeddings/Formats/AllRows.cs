using Dlrm.Numerics;

namespace Dlrm.Embeddings;

/// <summary>Every row of a matrix once, in order: what evaluates a whole weight is asked for these.</summary>
public static class AllRows
{
    /// <summary>Makes the bags.</summary>
    /// <param name="rows">The rows.</param>
    /// <returns>One bag with one index for each row.</returns>
    public static JaggedIndices Of(long rows)
    {
        long[] indices = new long[rows];
        for (int i = 0; i < indices.Length; i++)
        {
            indices[i] = i;
        }

        return JaggedIndices.OneHot(indices);
    }
}
