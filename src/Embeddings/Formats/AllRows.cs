using Dlrm.Numerics;

namespace Dlrm.Embeddings;

/// <summary>Every row of a matrix once, in order: what evaluates a whole weight is asked for these.</summary>
public static class AllRows
{
    /// <summary>Makes the bags.</summary>
    /// <param name="rows">The rows.</param>
    /// <returns>One bag with one index for each row.</returns>
    public static JaggedIndices Of(long rows) => Of(0, checked((int)rows));

    /// <summary>Makes the bags of some rows.</summary>
    /// <param name="first">The first row.</param>
    /// <param name="count">The number of rows.</param>
    /// <returns>One bag with one index for each row.</returns>
    public static JaggedIndices Of(long first, int count)
    {
        long[] indices = new long[count];
        for (int i = 0; i < indices.Length; i++)
        {
            indices[i] = first + i;
        }

        return JaggedIndices.OneHot(indices);
    }
}
