using System.Diagnostics;

namespace Dlrm.Weights.Mapping;

/// <summary>Brings the input columns of a first top layer into this library's order.</summary>
/// <remarks>
/// <code>
/// column c &lt; D                         vector 0: the same in every order
/// column D + i·(i−1)/2 + j              the pair i &gt; j in the lower triangle row by row (ours, dlrm's)
/// column D + j·F − j·(j+1)/2 + i−j−1    the pair j &lt; i in the upper triangle row by row (torchrec's)
/// </code>
/// <para>F feature vectors of D numbers; D + F·(F−1)/2 columns.</para>
/// </remarks>
public static class InteractionColumns
{
    /// <summary>Gets the number of columns.</summary>
    /// <param name="vectors">F.</param>
    /// <param name="dim">D.</param>
    /// <returns>D + F·(F−1)/2.</returns>
    public static long Count(int vectors, int dim) => dim + ((long)vectors * (vectors - 1) / 2);

    /// <summary>Tells where each of our columns is in another order.</summary>
    /// <param name="order">The other order.</param>
    /// <param name="vectors">F.</param>
    /// <param name="dim">D.</param>
    /// <returns>For each column of ours, its number in the other order.</returns>
    public static int[] Permutation(InteractionOrder order, int vectors, int dim)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(vectors);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(dim);
        int[] columns = new int[checked((int)Count(vectors, dim))];
        for (int column = 0; column < dim; column++)
        {
            columns[column] = column;
        }

        int next = dim;
        for (int i = 1; i < vectors; i++)
        {
            for (int j = 0; j < i; j++)
            {
                columns[next] = order == InteractionOrder.LowerTriangle ? next : dim + (j * vectors) - (j * (j + 1) / 2) + i - j - 1;
                next++;
            }
        }

        return columns;
    }

    /// <summary>Permutes the columns of a matrix in place.</summary>
    /// <param name="matrix">Rows of as many numbers as the permutation has; row-major.</param>
    /// <param name="permutation">Where each column comes from.</param>
    public static void Permute(Span<float> matrix, ReadOnlySpan<int> permutation)
    {
        Debug.Assert(matrix.Length % permutation.Length == 0, "The matrix has whole rows.");
        float[] row = new float[permutation.Length];
        for (int start = 0; start < matrix.Length; start += row.Length)
        {
            matrix.Slice(start, row.Length).CopyTo(row);
            for (int column = 0; column < row.Length; column++)
            {
                matrix[start + column] = row[permutation[column]];
            }
        }
    }
}
